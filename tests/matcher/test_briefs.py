"""Briefs of many shapes, read by the public door; every file is made at test time."""

import pytest

from matcher.records import slug, to_dict
from matcher.sources.briefs import read_brief
from matcher.types import NeedRole, Stage

from . import brief_files as make
from .brief_files import TODAY, read, stated, texts

# Shapes of briefs


def test_mail_of_a_small_firm_with_signature_quoted_reply_and_notice():
    body = (
        "Hi Pat,\n\nWe build inverters for electric buses in Oakville, Ontario. We are moving to a pilot run.\n\n"
        "We are looking for:\n- 120 housings in 6061-T6, ±0.05 mm, AS9100, by June 2027\n"
        "- hard anodizing (type III) of the same housings\n- a partner to host end-of-line testing\n\n"
        "Please send quotes by March 15, 2027. Budget is $85,000.\n\nThanks,\nSam Lee\nPurchasing, Acme Drives Inc.\n"
        "905-555-0123 | sam.lee@acme.example\n\nThis e-mail is confidential and intended only for the recipient.\n\n"
        "On Fri, Jan 29, 2027 at 9:00 AM Pat Doe <pat@chamber.example> wrote:\n> We also need a welding robot.\n"
    )
    brief = read(make.mail("Fwd: RE: Machined aluminium housings", body), "m.eml")
    project = brief.project
    assert (project.title, project.id) == ("Machined aluminium housings", "machined-aluminium-housings")
    assert (project.city, project.province) == ("Oakville", "ON")
    assert (project.closes, project.total_cad, project.stage) == ("2027-03-15", 85000.0, Stage.SEEKING)
    assert texts(brief) == [
        "housings in 6061-T6",
        "hard anodizing (type III) of the same housings",
        "host end-of-line testing",
    ]
    assert stated(brief.needs[0].need) == {
        "part": "housings",
        "material": "6061-T6",
        "tolerance": "±0.05 mm",
        "quantity": "120",
        "certificate": "AS9100",
        "by": "June 2027",
    }
    assert [n.need.role for n in brief.needs] == [NeedRole.SUPPLIER, NeedRole.EITHER, NeedRole.PARTNER]
    for word in ("Sam Lee", "confidential", "welding robot", "Hi Pat"):
        assert word not in project.description
    assert any("quoted replies" in note for note in brief.notes)


def test_formal_request_in_pdf_with_a_table_and_rules_for_suppliers():
    brief = read(make.rfq(), "rfq.pdf")
    project = brief.project
    assert project.title == "Hydraulic valve bodies for mobile cranes" and brief.n_pages == 3
    assert (project.announced, project.closes) == ("2027-03-01", "2027-04-09")
    assert (project.city, project.province, project.total_cad) == ("Milton", "ON", None)
    assert texts(brief) == ["Manifold block, 8 port", "Spool, ground and honed", "End cover"]
    assert {n.need.role for n in brief.needs} == {NeedRole.SUPPLIER} and {n.page for n in brief.needs} == {1}
    assert stated(brief.needs[0].need) == {
        "material": "6061-T6",
        "tolerance": "±0.05 mm",
        "quantity": "60",
        "certificate": "ISO 9001",
        "by": "2027-06-15",
    }
    assert brief.needs[2].need.by is None and brief.needs[2].need.tolerance is None
    assert any("us$ 120,000" in note and "not in Canadian dollars" in note for note in brief.notes)
    assert "Confidential" not in project.description and "Jane" not in str(to_dict(project))


def test_guide_for_applicants_is_a_call_and_its_lists_are_no_needs():
    brief = read(make.guide(), "guide.pdf")
    assert (brief.kind, brief.project.stage, brief.needs) == ("call_guide", Stage.CALL, ())
    assert brief.project.closes == "2027-05-31" and brief.project.total_cad is None
    assert any("guide" in note for note in brief.notes)


def test_two_columns_are_read_one_after_the_other():
    prose = "A drone maker in Guelph, Ontario replaces moulded arms by tape-laid arms that are lighter. " * 6
    left = [
        make.heading("Composite drone arms", 1),
        make.heading("The project"),
        make.para(prose),
        make.heading("Where others come in"),
        make.bullets(
            "Automated tape laying of carbon fibre arms, 2,000 sets a year",
            "Trimming and drilling fixtures",
            "University lab for fatigue testing",
        ),
    ]
    right = [
        make.heading("Funding"),
        make.para("Total budget of $3.1 million, including $1.2 million from NGen."),
        make.heading("Who we are"),
        make.para("A team of forty people with customers on four continents. " * 4),
    ]
    brief = read(make.two_columns(left, right), "one.pdf")
    assert brief.project.title == "Composite drone arms"
    assert (brief.project.total_cad, brief.project.cluster_cad) == (3_100_000, 1_200_000)
    assert texts(brief) == [
        "Automated tape laying of carbon fibre arms",
        "Trimming and drilling fixtures",
        "University lab for fatigue testing",
    ]
    assert brief.needs[0].need.quantity == "2,000 sets a year" and brief.needs[2].need.role is NeedRole.PARTNER
    assert prose.strip() in brief.project.description


def consortium(document):
    document.add_heading("Greenhouse robotics consortium", 0)
    document.add_paragraph("We build harvesting robots for greenhouse peppers in Leamington, Ontario.")
    document.add_heading("Consortium members", 1)
    document.add_paragraph("Leamington College", style="List Bullet")
    document.add_heading("Work packages", 1)
    make.word_table(
        document,
        [
            ["WP", "Title", "Lead", "Months"],
            ["1", "Project management", "Red Pepper", "1-24"],
            ["2", "End-of-arm tooling design", "Partner sought", "1-9"],
            ["3", "Machine vision for ripeness", "TBD", "3-12"],
            ["4", "Field trials", "Leamington College", "12-24"],
            ["5", "Gearbox manufacturing", "Supplier needed", "9-18"],
        ],
    )
    document.add_heading("Budget", 1)
    make.word_table(document, [["Category", "Amount"], ["Equipment", "$400,000"], ["Machining", "$120,000"]])
    document.add_heading("Ideal partner profile", 1)
    for item in (
        "Food-grade stainless fabrication, CWB certified",
        "Must be located in Ontario",
        "Capacity to build 12 robots by March 2028",
    ):
        document.add_paragraph(item, style="List Bullet")
    document.add_heading("How to get in touch", 1)
    document.add_paragraph("Write to Maria Rossi at maria@pepper.example before 1 June 2027.")


def test_consortium_in_word_only_seeks_for_packages_without_a_lead():
    brief = read(make.word(consortium), "c.docx")
    assert texts(brief) == [
        "End-of-arm tooling design",
        "Machine vision for ripeness",
        "Gearbox manufacturing",
        "Food-grade stainless fabrication",
        "build robots",
    ]
    assert [n.need.role for n in brief.needs][:3:2] == [NeedRole.PARTNER, NeedRole.SUPPLIER]
    assert brief.needs[3].need.certificate == "CWB certified" and brief.needs[4].need.quantity == "12"
    assert brief.project.closes == "2027-06-01" and brief.project.city == "Leamington"
    assert any("1 work packages have a named lead" in note for note in brief.notes)
    assert "Rossi" not in str(to_dict(brief.project))


def test_french_page_with_unmarked_rules():
    brief = read(
        "FICHE DE PROJET\n\nLigne pilote de batteries recyclées\n\nContexte\n"
        "Notre entreprise, établie à Trois-Rivières (Québec), met au point un procédé de recyclage des\n"
        "batteries au lithium.\n\nNous recherchons\n"
        "• un partenaire universitaire pour la caractérisation des matériaux\n"
        "• un fabricant de réacteurs en acier inoxydable 316L (4 unités, 500 L)\n"
        "• l'intégration d'automates programmables, certification CSA, avant le 15 mars 2028\n\n"
        "Budget\nCoût total : 2,4 M$. Contribution de NGen : 900 000 $.\n\n"
        "Admissibilité\n• Être une entreprise canadienne\n• Avoir moins de 500 employés\n\n"
        "Date limite : 30 novembre 2027\nContact : Marie Tremblay, marie@exemple.example, 819-555-0199\n"
    )
    project = brief.project
    assert project.title == "Ligne pilote de batteries recyclées"
    assert (project.city, project.province, project.closes) == ("Trois-Rivières", "QC", "2027-11-30")
    assert (project.total_cad, project.cluster_cad) == (2_400_000, 900_000)
    assert texts(brief) == [
        "partenaire universitaire pour la caractérisation des matériaux",
        "fabricant de réacteurs en acier inoxydable 316L",
        "intégration d'automates programmables",
    ]
    assert brief.needs[0].need.role is NeedRole.PARTNER
    assert stated(brief.needs[1].need) == {
        "material": "acier inoxydable 316L",
        "size": "500 L",
        "quantity": "4 unités",
    }
    assert stated(brief.needs[2].need) == {"certificate": "CSA", "by": "15 mars 2028"}
    assert "recyclage des batteries" in project.description and "Tremblay" not in str(to_dict(project))


def test_web_page_drops_scripts_navigation_and_hidden_text():
    brief = read(
        "<!doctype html><html><head><title>Supplier day | Acme EV</title><style>.x{display:none}</style>"
        "<script>document.write('We need bananas')</script></head><body><nav><ul><li>We need menus</li></ul></nav>"
        "<main><h1>EV battery tray program</h1><p>Acme EV builds trays in Brampton, Ontario.</p>"
        "<p class='x'>We are looking for gold plating.</p><p style='display: none'>We need silver.</p>"
        "<h2>Supplier opportunities</h2><ul><li><b>Extrusions</b> – 6082-T6, up to 1,650 mm, 1,200 pieces</li>"
        "<li>Friction stir welding</li></ul><h2>What you get</h2><ul><li>Fast payment</li></ul>"
        "<h2>How to respond</h2><ol><li>Register on our portal</li></ol>"
        "<p>Deadline: 30/06/2027</p></main></body></html>",
        "page.html",
    )
    assert brief.project.title == "EV battery tray program" and brief.project.closes == "2027-06-30"
    assert texts(brief) == ["Extrusions, 6082-T6", "Friction stir welding"]
    assert stated(brief.needs[0].need) == {
        "material": "6082-T6",
        "size": "up to 1,650 mm",
        "quantity": "1,200 pieces",
    }
    assert not any(word in str(brief) for word in ("banana", "gold plating", "silver", "menus"))


def test_markdown_notes_with_table_technologies_and_unusual_headings():
    brief = read(
        "# Hydrogen refuelling skid\n\nThe design is done; we lack hands to build it.\n\n"
        "## What we could use help with\n\n1. Pressure vessel fabrication – ASME Section VIII, 316L\n"
        "2. Orbital welding of small-bore tubing\n3. somebody to host a 6-month field trial\n\n"
        "| Part | Material | Qty |\n|---|---|---|\n| Frame | steel 44W | 2 |\n\n"
        "## Money\n\n$1.2M total project cost, NGen contributes $450k.\n\n## Timeline\n\n- Closing: 2027-04-30\n\n"
        "## Technologies\n\nHydrogen compression, leak detection; controls\n",
        "notes.md",
    )
    assert brief.project.technologies == ("Hydrogen compression", "leak detection", "controls")
    assert (brief.project.total_cad, brief.project.cluster_cad, brief.project.closes) == (
        1_200_000,
        450_000,
        "2027-04-30",
    )
    assert texts(brief) == [
        "Pressure vessel fabrication, 316L",
        "Orbital welding of small-bore tubing",
        "host a 6-month field trial",
        "Frame",
    ]
    assert brief.needs[3].need.material == "steel 44W" and brief.needs[3].need.quantity == "2"


def test_pasted_chat():
    brief = read(
        "[10:32] Sam: hey, do you know anyone who can do EDM and grinding near Milton?\n"
        "[10:33] Sam: also need 40 brackets in 304 stainless, 2 mm, by end of May 2027\n"
        "[10:35] Pat: what's the budget?\n"
        "[10:36] Sam: maybe $5k. we're also looking for a powder coater. call me at 905-555-0100\n"
        "[10:40] Pat: ok thanks\n"
    )
    assert texts(brief) == ["EDM and grinding", "brackets in 304 stainless", "powder coater"]
    assert stated(brief.needs[1].need) == {
        "part": "brackets",
        "material": "304 stainless",
        "size": "2 mm",
        "quantity": "40",
        "by": "end of May 2027",
    }
    assert brief.project.total_cad is None


def test_form_of_one_part_is_one_need():
    brief = read(
        "RFQ 2231 - Machined manifold blocks\n\nPart: manifold block\nMaterial: 6061-T6 aluminum\nQuantity: 60\n"
        'Tolerance: ±0.002"\nFinish: clear anodize\nCertification: ISO 9001\nDelivery: June 15, 2027\n'
        "Closing date: April 2, 2027\nBuyer: Acme Hydraulics\nShip to: Milton, ON\n"
    )
    assert texts(brief) == ["manifold block"] and brief.project.closes == "2027-04-02"
    assert stated(brief.needs[0].need) == {
        "part": "manifold block",
        "material": "6061-T6 aluminum",
        "tolerance": '±0.002"',
        "quantity": "60",
        "certificate": "ISO 9001",
        "by": "June 15, 2027",
        "buyer": "Acme Hydraulics",
    }


def test_prose_that_counts_off_its_needs():
    brief = read(
        "Mobile plasma unit for contaminated soil\n\nOur reactor destroys PFAS in soil. The budget is CAD 1.8 million, "
        "of which NGen would fund $640,000.\n\nTo get there we need three kinds of help. First, a fabricator of "
        "high-temperature alloy vessels (Inconel 625, up to 1.5 m diameter). Second, a partner who operates a soil "
        "treatment site. Third, we are seeking power electronics expertise for a 200 kW supply. We don't need permits "
        "or software.\n\nInterested firms should contact us before the end of the month.\n"
    )
    assert texts(brief) == [
        "fabricator of high-temperature alloy vessels, Inconel 625",
        "operates a soil treatment site",
        "power electronics expertise for a 200 kW supply",
    ]
    assert brief.needs[1].need.role is NeedRole.PARTNER and brief.needs[0].need.material == "Inconel 625"
    assert (brief.project.total_cad, brief.project.cluster_cad) == (1_800_000, 640_000)
    assert any("relative" in note for note in brief.notes) and brief.project.closes is None


# What belongs together, and what is no need


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "We are looking for precision machining, powder coating and wire harnesses.",
            ["precision machining", "powder coating", "wire harnesses"],
        ),
        (
            "The project requires design and manufacture of moulds, injection moulding and clean-room packaging.",
            ["design and manufacture of moulds", "injection moulding", "clean-room packaging"],
        ),
        ("We seek machining and welding of frames.", ["machining and welding of frames"]),
        ("We need 40 brackets, deburred and passivated, ±0.1 mm.", ["brackets, deburred and passivated"]),
        ("Suppliers of precision castings are sought.", ["precision castings"]),
        ("We need someone to powder coat the frames by June 2027.", ["powder coat the frames"]),
        (
            "Nous recherchons un partenaire pour l'usinage de boîtiers, le soudage robotisé ainsi que des essais.",
            ["usinage de boîtiers", "soudage robotisé", "essais"],
        ),
        ("Il nous faut 300 supports en acier inoxydable 304.", ["supports en acier inoxydable 304"]),
        ("We do not need software. We don't need welding.", []),
        ("We are looking forward to machining with you.", []),
        ("We need your quote on machining by Friday.", []),
        ("We are seeking $2M in funding.", []),
        ("We need to reduce scrap by 20%. We want to automate welding ourselves.", []),
        ("Nous ne cherchons pas de logiciel.", []),
        ("We are looking for suppliers.", []),
    ],
)
def test_in_a_sentence(sentence, expected):
    assert texts(read(f"Gear project\n\nSome text about gears comes first here.\n\n{sentence}\n")) == expected


def test_money_dates_contacts_and_eligibility_in_a_list_are_no_needs():
    brief = read(
        "Battery test bench\n\nWhat we need\n- Climatic chamber, 2 m3\n- Budget: $600,000\n- Deadline 2 July 2027\n"
        "- Must be incorporated in Canada\n- Proof of insurance\n- Contact: Raj Patel, raj@bench.example\n"
        "- At least five years in business\n- No brokers\n- ISO 9001\n- Two references\n- Installation of wiring\n"
    )
    assert texts(brief) == ["Climatic chamber", "Installation of wiring"]
    assert {n.need.certificate for n in brief.needs} == {"ISO 9001"}


def test_requirements_count_only_where_no_heading_says_needs():
    bullets = "Requirements\n- DC power supply 120 kW\n- Data acquisition software\n- Quotation valid for 60 days\n"
    assert texts(read(f"Test bench\n\nBackground\nWe test modules.\n\n{bullets}")) == [
        "DC power supply",
        "Data acquisition software",
    ]
    assert texts(read(f"Test bench\n\nWe are looking for:\n- Climatic chamber\n\n{bullets}")) == ["Climatic chamber"]


def test_items_below_an_item_are_its_details_or_needs_of_their_own():
    brief = read(
        "Pump\n\nWe need:\n- Housings\n  - Material: 6061-T6\n  - ±0.05 mm\n- Machining:\n"
        "  - 5-axis milling of impellers\n  - turning of shafts\n"
    )
    assert texts(brief) == ["Housings, Material: 6061-T6", "5-axis milling of impellers", "turning of shafts"]
    assert brief.needs[0].need.material == "6061-T6" and brief.needs[0].need.tolerance == "±0.05 mm"


def test_bilingual_document_is_read_once():
    brief = read(
        "Wind turbine blade moulds\n\nThe project builds moulds for longer blades at a plant in Tillsonburg, Ontario, "
        "and is led by a maker of blades.\n\nWe are looking for:\n- CNC routing of tooling board\n- Composite layup\n\n"
        "Moules pour pales d'éoliennes\n\nLe projet construit des moules pour des pales plus longues dans une usine à "
        "Tillsonburg, et est mené par un fabricant de pales.\n\nNous recherchons :\n- Usinage de panneaux d'outillage\n"
        "- Stratification en composite\n"
    )
    assert texts(brief) == ["CNC routing of tooling board", "Composite layup"]
    assert "Le projet" not in brief.project.description and any("two languages" in note for note in brief.notes)


# Dates, sums, place


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Closing date: 2027-06-30", "2027-06-30"),
        ("Deadline for quotes: June 30th, 2027 at 2 pm", "2027-06-30"),
        ("Please submit your proposal no later than 30 June 2027.", "2027-06-30"),
        ("Date limite : le 1er juillet 2027", "2027-07-01"),
        ("Les soumissions doivent être reçues avant le 30 juin 2027.", "2027-06-30"),
        ("Closes 30/06/2027", "2027-06-30"),
        ("Expressions of interest are due by Sept. 30, 2027.", "2027-09-30"),
        ("Closes 05/06/2027", None),
        ("Deadline: June 30", None),
        ("Deadline: next Friday", None),
        ("Parts must be delivered before June 30, 2027.", None),
        ("Questions are due June 1, 2027.", None),
    ],
)
def test_closing_date(line, expected):
    brief = read(f"Gear project\n\nWe are looking for gear grinding.\n\n{line}\n")
    assert brief.project.closes == expected
    if expected is None and "deliver" not in line and "Questions" not in line:
        assert any("left out" in note for note in brief.notes)


def test_two_closing_dates_are_left_out_and_a_past_one_is_said():
    brief = read("Gears\n\nClosing date: 1 June 2027\n\nClosing date: 2 June 2027\n")
    assert brief.project.closes is None and any("2027-06-01 and 2027-06-02" in note for note in brief.notes)
    assert "the closing date 2026-06-01 is past" in read("Gears\n\nClosing date: 1 June 2026\n").notes


@pytest.mark.parametrize(
    ("line", "total", "cluster"),
    [
        ("Total budget: $2.4 million, of which NGen contributes $1.1 million.", 2_400_000, 1_100_000),
        ("NGen verse 900 000 $ sur un budget total de 1 250 000 $.", 1_250_000, 900_000),
        ("The $4.2 million project runs for two years.", 4_200_000, None),
        ("Total cost: USD 3 million", None, None),
        ("The budget is between $50,000 and $80,000.", None, None),
        ("We sold parts for $5 million last year.", None, None),
    ],
)
def test_sums(line, total, cluster):
    project = read(f"Gear project\n\nWe are looking for gear grinding.\n\n{line}\n").project
    assert (project.total_cad, project.cluster_cad) == (total, cluster)


def test_two_places_are_left_out():
    brief = read("Gears\n\nLocation: Oakville, ON\n\nLocation: Guelph, ON\n")
    assert (brief.project.city, brief.project.province) == (None, None)
    assert any("place left out" in note for note in brief.notes)


def test_id_title_and_day_of_reading(tmp_path):
    path = tmp_path / "gears.txt"
    path.write_text("Gear project\n\nWe are looking for gear grinding.\n", encoding="utf-8")
    assert read_brief(path).project.id == slug("Gear project") and read_brief(path).project.checked is None
    brief = read_brief(path, project_id="p-1", today=TODAY)
    assert (brief.project.id, brief.project.checked, brief.project.sources) == ("p-1", "2027-02-01", ("gears.txt",))
    assert read_brief(path) == read_brief(path)

"""Words of column headers, English and French, folded (see :func:`matcher.sources.grid.fold_text`) → field.

Written by hand from how chambers, associations and their membership programs name columns. ``columns.py`` reads it.
"""

from __future__ import annotations

import re

# Fields that hold one value a firm: the best column wins, the others become notes.
SINGLE = (
    "id", "name", "city", "province", "country", "postal_code", "website", "employees", "membership", "expires", "lang",
)  # fmt: skip
# Fields that several columns may fill.
MANY = (
    "address", "naics", "certifications", "description", "capabilities", "products", "services", "equipment",
    "materials", "category",
)  # fmt: skip
OTHER = ("note", "contact", "ignore")
FIELDS = (*SINGLE, *MANY, *OTHER)

# In each field the better header comes first: it decides between two columns of one field.
WORDS: dict[str, str] = {
    "id": "member id, membership id, member number, member no, membership number, membership no, id, record id, "
    "company id, firm id, account number, account no, account id, customer id, client id, numero de membre, "
    "no de membre, no membre, numero membre, id membre, identifiant, numero de client, no de client, no client, uid",
    "name": "company name, business name, firm name, organization name, organisation name, member company, company, "
    "business, firm, organization, organisation, company organization, nom de l entreprise, nom entreprise, "
    "nom d entreprise, nom de l organisation, nom de la societe, nom de la compagnie, entreprise, societe, compagnie, "
    "raison sociale, denomination sociale, organisme, nom de l organisme, etablissement, operating name, "
    "operating as, trade name, doing business as, dba, nom commercial, nom d exploitation, legal name, "
    "corporate name, nom legal, supplier name, vendor name, supplier, vendor, fournisseur, nom du fournisseur, "
    "employer, member name, nom du membre, account name, member, membre, name, nom, exhibitor, exposant",
    "city": "city, town, municipality, city town, town city, ville, municipalite, localite, location, community",
    "province": "province, state, prov, state province, province state, state prov, prov state, "
    "province territory, territoire",
    "country": "country, pays",
    "postal_code": "postal code, postcode, post code, zip code, zip, zip postal code, postal zip code, postal zip, "
    "zip postal, code postal, cp, postal",
    "address": "address, addr, street address, street, mailing address, civic address, business address, address line, "
    "location address, adresse, adresse postale, adresse municipale, adresse civique, rue, po box, case postale, "
    "unit, suite, bureau",
    "website": "website, web site, website url, website address, web address, web page, webpage, web, url, home page, "
    "homepage, site web, site internet, adresse web, page web, adresse internet, site, www, domain",
    "employees": "employees, number of employees, no of employees, num employees, employee count, nb employees, "
    "employee range, headcount, staff count, staff size, number of staff, staff, workforce, company size, size, fte, "
    "full time employees, effectif, effectifs, nombre d employes, nb d employes, nb employes, nbre d employes, "
    "nombre de salaries, employes, taille de l entreprise, taille, tranche d effectif",
    "naics": "naics, naics code, naics codes, primary naics, scian, code scian, codes scian, industry code",
    "certifications": "certifications, certification, certificates, certificate, accreditations, accreditation, "
    "quality certifications, quality certification, quality standards, quality system, standards, iso, iso "
    "certification, certificats, certificat, agrements, agrement, homologations, normes, normes de qualite, qualite",
    "membership": "membership status, member status, membership, statut du membre, statut d adhesion, "
    "statut de membre, statut membre, adhesion, status, statut, is member, active member, member in good standing, "
    "active, actif, etat",
    "expires": "expiry date, expiration date, expires, expiry, membership expiry, membership expires, expires on, "
    "valid until, valid to, paid until, paid through, paid thru, renewal date, renewal, date d expiration, "
    "date d echeance, echeance, expiration, date de renouvellement, renouvellement, valide jusqu au, fin d adhesion",
    "lang": "language, preferred language, langue, langue de correspondance, lang",
    "description": "description, company description, business description, company profile, profile, about us, about, "
    "overview, summary, what they do, what you do, nature of business, business activity, business activities, bio, "
    "line of business, description de l entreprise, description des activites, profil, profil de l entreprise, "
    "a propos, presentation, resume, activites, activite, activities, what we do",
    "capabilities": "capabilities, capability, core capabilities, core competencies, competencies, expertise, "
    "specialties, specialities, specialty, speciality, specialization, specializations, processes, skills, "
    "manufacturing processes, keywords, key words, products services, products and services, products or services, "
    "goods and services, capacites, capacite, competences, domaines d expertise, specialites, specialite, procedes, "
    "savoir faire, mots cles, produits services, produits et services, technologies",
    "products": "products, product, products offered, product lines, main products, goods, produits, produit, "
    "produits offerts, principaux produits, products made, what we make, what they make, what you make, "
    "products manufactured, produits fabriques",
    "services": "services, service, services offered, services provided, services offerts",
    "equipment": "equipment, equipment list, machinery, machines, machine list, equipement, equipements, machinerie, "
    "parc machine, parc machines, outillage, tooling",
    "materials": "materials, material, raw materials, materials worked, materiaux, materiau, matieres, "
    "matieres premieres",
    "category": "category, categories, business category, directory category, subcategory, sub category, industry, "
    "industry sector, sector, sectors, industry category, type of business, business type, categorie, categories, "
    "secteur, secteurs, secteur d activite, secteurs d activite, industrie, classification, naics description, "
    "naics title, description scian, titre scian",
    "note": "notes, note, remarks, comments, remarques, commentaires, member since, join date, date joined, "
    "joined, membre depuis, date d adhesion, membership type, membership level, member type, member level, "
    "type de membre, type d adhesion, type de membership, categorie de membre, niveau d adhesion, year founded, "
    "founded, year established, annee de fondation, region, county, comte, revenue, chiffre d affaires, exports, "
    "markets, markets served, industries served, marches, parent company, societe mere, ownership, type, tier, dues, "
    "cotisation, business number, numero d entreprise, fiscal year, source, date added, last updated, created",
}
# A row counter: it says where a row stood, not which firm it is.
COUNTERS = frozenset("no row row no line line no ligne rang item seq numero index n nbr number".split()) | {
    "row no", "line no", "no ligne", "item no",
}  # fmt: skip
# Words that are headers only when nothing else stands beside them: inside a longer header they say little.
ALONE = frozenset(
    "id uid name nom company business firm organization organisation entreprise societe compagnie member membre "
    "supplier vendor fournisseur employer organisme etablissement account web site www size taille staff state etat "
    "location community unit suite bureau active actif zip cp prov postal about bio type source iso standards qualite "
    "activites activite activities note notes type tier lang goods resume joined founded created dba domain service "
    "product renewal market region standard industry technologies status statut adhesion membership".split()
)
PEOPLE = re.compile(
    r"\b(?:contacts?|e ?mails?|courriels?|courrier electronique|phones?|telephones?|tels?|fax|telecopieurs?|"
    r"telecopies?|facsimile|cell phone|cellphone|cellulaires?|first names?|last names?|given names?|surname|"
    r"family name|middle name|full name|prenoms?|nom de famille|nom complet|salutation|civilite|job title|"
    r"representatives?|representants?|representee? par|represented by|owners?|proprietaires?|presidente?|ceo|pdg|"
    r"managers?|gerante?|directeur|directrice|director|responsables?|personne ressource|attn|attention|executive|"
    r"skype|whatsapp|linkedin|toll free|sans frais|direct line|ligne directe|sales rep|mel|signataire|"
    r"account rep|key person|contact person|main rep|primary rep)\b"
)
PEOPLE_ALONE = frozenset(
    "mail title titre position fonction poste rep reps cell mobile extension ext principal person personne principals "
    "assistant honorific prefix suffix initials initiales tel t e".split()
)
# Under a heading such as "Contact information" these stay what they are; anything else there is about a person.
PLACES = frozenset({"city", "province", "country", "postal_code", "address", "website"})

FIRST_NAMES = frozenset(
    "aaron adam ahmed aidan alain alan albert alex alexander alexandra alexandre alexis ali alice alison allan amanda "
    "amelie amir amy ana andre andrea andree andrew angela anita ann anna anne annie anthony antoine antonio arjun "
    "arthur ashley audrey barbara barry ben benjamin benoit bernadette bernard beth bill bob brad brandon brenda "
    "brent brian bruce bruno cameron carl carlos carol caroline catherine cathy chantal charles charlotte chloe chris "
    "christian christina christine christopher cindy claire claude colin connie corey craig cynthia dale damien dan "
    "daniel danielle darren dave david dawn dean debbie deborah denis denise dennis derek diana diane dina dominic "
    "dominique don donald donna doris doug douglas earl ed eddie edward elaine eleanor elena eli elizabeth ellen "
    "emily emma eric erica erik erin ernest ethan eva evan evelyn fatima florence francine francis francois francoise "
    "frank fred gabriel gail gary genevieve geoff geoffrey george gerald gerard gilbert gilles gina ginette glen "
    "glenn gordon grace graham grant greg gregory guillaume gurpreet guy harold harpreet harry hassan heather heidi "
    "helen helene henry herve hugo ian irene isabelle jack jacob jacqueline jacques jake james jamie jan jane janet "
    "janice jason jay jean jeanne jeff jeffrey jen jenna jennifer jeremy jerry jessica jill jim jimmy joan joanne "
    "jocelyne joe joel johanne john johnny jon jonathan jordan jose josee joseph joyce juan judith judy julia julie "
    "julien justin karen karine kate katherine kathleen kathy keith kelly ken kenneth kerry kevin khalid kim kimberly "
    "kristen kurt kyle lance larry laura lauren laurent laurie lawrence leah lee leonard leslie liam linda lisa lise "
    "lloyd lori lorraine louis louise luc lucie lucy luis luke lynda lynn lynne madeleine manon marc marcel margaret "
    "maria marie marilyn mario marion mark marlene martha martin martine mary maryse mathieu matt matthew maureen "
    "maurice max megan mehdi melanie melissa michael michel michele michelle miguel mike mohamed mohammad mohammed "
    "monica monique muhammad murray myriam nadia nadine nancy natalie nathalie nathan neil nicholas nick nicolas "
    "nicole nina noah norman normand olga oliver olivia olivier omar oscar pamela pascal pat patricia patrick paul "
    "paula pauline pedro peggy penny peter phil philip philippe pierre priya rachel raj rajesh ralph ravi ray raymond "
    "rebecca rejean rene renee richard rick rita rob robert roberta robin rod rodney roger roland ron ronald rose "
    "ross roxanne roy russell ruth ryan sabrina sally sam samantha samuel sandra sanjay sara sarah scott sean "
    "sebastien serge shannon sharon shawn sheila shelley simon simone sonia sophie stacey stan stanley stefan "
    "stephane stephanie stephen steve steven stuart sue sunil susan suzanne sylvain sylvie tamara tammy tanya ted "
    "teresa terry theresa thomas tim timothy tina todd tom tony tracy trevor tyler valerie vanessa vera veronique "
    "vicky victor victoria vijay vincent virginia walter warren wayne wei wendy william xavier yan yannick yves yvon "
    "yvonne zachary zoe".split()
)

"""The words of headings of briefs, in English and French, without accents: one alternative a line.

Read by :mod:`matcher.sources.brief_words` only, which says in which order they count.
"""

from __future__ import annotations

import re


def _pattern(words: str) -> re.Pattern[str]:
    """One pattern of whole words, one alternative a line; a backslash at a line's end joins it to the next."""
    lines = words.replace("\\\n", "").split("\n")
    return re.compile(r"(?<![a-z])(?:" + "|".join(lines) + r")(?![a-z])")


CONTENTS = _pattern(
    r"""table of contents
contents
table des matieres
sommaire""".strip()
)
CONTACT = _pattern(r"""contacts?(?: us| person| information| details)?
points? of contact
get in touch
coordonnees
nous joindre
personnes?[- ]ressources?
how to reach us
renseignements""")
# These win over words of need: "information required", "eligibility requirements", "funding needed".
ADMIN = _pattern(r"""budget\w*
money
argent
timings?
when
quand
funding
funds
costs?
costing
financ\w+
prices?
pricing
invest\w+
timelines?
time ?frames?
schedules?
milestones?
key dates?
important dates?
dates?
deadlines?
gantt
eligib\w+
admissib\w+
(?:evaluation|selection|award|assessment|scoring|judging|decision)(?: criteria| process)?
criteri(?:a|on)
criteres?(?: d\S+)?
evaluation
notation
how to (?:apply|respond|submit|quote|reply|bid)
(?:to|how do i|pour) (?:apply|respond|postuler|soumissionner|repondre)
comment (?:postuler|soumissionner|repondre|deposer|participer|presenter)
submi(?:ssion|ttal|t)s?\w*
soumission(?:s)? (?:et|des|de)?.*(?:depot|exigences|directives|modalites)
depot
(?:bid|quote|quotation|proposal|tender|response|application)s? (?:requirements?|format|contents?|process|\
instructions?|preparation|form)
applications?(?: process| form)?
applicants?
instructions?(?: to .*)?
(?:information|documents?|documentation|attachments|references) (?:required|needed|requested|to (?:provide|\
include|submit))
(?:required|requested|mandatory) (?:information|documents?|documentation|forms?)
(?:information|documents?|renseignements) (?:requise?s?|a fournir|demandes?|exiges?)
what (?:to|should you|your (?:quote|reply|response|proposal) (?:should|must)) .*
what we need from (?:your (?:quote|reply|response|proposal)|bidders|respondents|applicants)
please (?:include|provide|send|note)
what (?:respondents|bidders|suppliers|applicants|vendors|firms|you) (?:should|must|need to|have to) .*
(?:bidder|vendor|supplier|applicant|proponent|respondent)s?'? (?:qualifications?|requirements?|eligibility|\
information|registration|obligations)
(?:mandatory|minimum|general|administrative|legal|commercial|contractual|insurance|reporting|security|\
safety) requirements?
requirements? (?:for|of) (?:bidders?|applicants?|vendors?|suppliers|respondents|funding)
exigences (?:administratives|generales|obligatoires|minimales|d'assurance|legales|contractuelles)
qualifications?(?: (?:of|required|requises).*)?
terms(?: (?:and|&) conditions)?
conditions?(?: generales)?
modalites?
legal
confidential\w*
nda
non[- ]disclosure.*
intellectual property
propriete intellectuelle
ip
payment.*
paiement.*
insurance
assurances?
warrant\w+
garanties?
reporting
rapports?
governance
gouvernance
risks?(?: .*)?
risques?
glossary
glossaire
definitions?
faqs?
questions?(?: .*)?
next steps?
prochaines etapes
(?:delivery|shipping|packaging|livraison|expedition|emballage)(?: (?:terms?|address|instructions?|conditions?|\
requirements?|schedule))?
echeanciers?
echeances?
calendriers?
couts?
depenses.*
montants?
validity
amendments?
approvals?(?: .*)?
licen[cs]es?(?: .*)?
disclaimers?
avis
jobs?
careers?
hiring
human resources
logistics
notes?
references?
references?
annexes?
appendi\w+
privacy
acceptance
ranking
disbursement
stacking
why (?:apply|participate)
news
events?
related
share""")
ABOUT = _pattern(r"""about(?: .*)?
who we are
our (?:company|team|story|strengths|facility|capabilities|partners|expertise|consortium)
(?:the |project )?team
backgrounds?
context\w*
introduction
overview
summary
executive summary
abstract
a propos(?: .*)?
qui sommes[- ]nous
notre (?:entreprise|equipe|projet|histoire)
contexte
mise en contexte
introduction
resume
what we (?:bring|offer|have|do|make|already have|can offer|provide)
what (?:is|s) in it for .*
what you get
ce que nous (?:offrons|apportons|faisons|avons)
(?:current|existing|confirmed|consortium|project|committed|founding) (?:partners?|members?|consortium|participants?)
(?:consortium|partners?|partenaires?|participants?)(?: members?| actuels?| confirmes?| du projet| et roles|\
 and roles)?
partenaires? (?:actuels?|confirmes?|en place|existants?)
already (?:on board|in|covered|have)
on board
(?:the )?(?:problem|challenge|opportunity|issue|vision|mission|market|solution|product)s?
le (?:probleme|defi|besoin|marche|produit)
(?:the|market|industry|business) need
need statement
objecti(?:ve|f)s?(?: .*)?
goals?
aims?
buts?
benefits?
(?:expected )?(?:outcomes?|results?|impacts?)
retombees.*
resultats.*
avantages.*
status
history
(?:project )?description(?: (?:of|du|de) .*)?
le projet
the project
(?:in|out of) house
out of scope
not (?:needed|required|in scope|looking for|sought)
what we (?:do not|don't) (?:need|want)
not (?:for|our|in|part|seeking|looking|interested).*
no thanks
pas (?:pour|de) .*
exclu\w+
hors (?:de la )?portee
done(?: .*)?
completed""")
TECHNOLOGIES = _pattern(r"""(?:key |core |main |relevant |enabling )?technolog(?:y|ies)(?: areas?| focus|\
 themes?| involved| used)?
technologies? (?:cles?|visees?|principales?|utilisees?|en jeu)
technology (?:keywords|stack)
keywords?
mots[- ]cles?
domaines? technologiques?
axes? technologiques?
tags""")
PACKAGES_EN = _pattern(r"""work ?packages?(?: .*)?
wps?(?: .*)?
work ?streams?
work breakdown(?: .*)?
packages? (?:of work|to let|of supply)""")
PACKAGES_FR = _pattern(r"""lots?(?: de (?:travail|travaux|fourniture))(?: .*)?
lots?
allotissement
modules de travail""")
NEEDS_EN = _pattern(r"""(?:we|i|you)(?:'re| are)? (?:still |also |currently |now |actively )?(?:looking for|\
need\w*|seek\w*|searching for|after|in search of|missing|lack|want(?: to (?:buy|find|source|meet))?|require|\
hope to find|buy|could use)
(?:is|are) (?:still )?(?:looking for|seeking|needed|sought|wanted|missing|open)
looking for
(?:actively )?seeking
in search of
sought(?: after)?
wanted
help (?:wanted|needed)
needs
needed
needs? (?:list|from .*)
(?:priced|quoted)(?: .*)?
(?:to|for) pric(?:e|ing)
required
requested
desired
to (?:be )?(?:sourced?|subcontract(?:ed)?|outsourced?|purchased?|buy|bought|quoted?|procured?|filled?|\
contracted|supplied|made)
(?:sub)?contract(?:ed|ing)? (?:work|packages|out|opportunit\w+)
subcontract\w*
outsourc\w+
(?:shopping|wish|buy|parts?|item|purchase|want|needs) ?lists?
wishlist
bill of materials?
bom
scope of (?:supply|works?|services?|procurement|delivery)
supply scope
statement of work
(?:line|bid|rfq|quote|quotation|tender) items
items? (?:and|to|for|required|needed|requested)
parts? (?:and|to|for|required|needed|requested)
(?:supply[- ]?chain|supplier|supply|vendor|partner|partnership|partnering|collaboration|subcontract\w*|\
procurement|business|sourcing|consortium) (?:opportunit\w+|needs?|gaps?|roles?|profiles?|asks?|openings?|\
calls?|wants|packages)
opportunit\w+ (?:for|to) .*
(?:procurement|sourcing|purchasing)(?: plan| requirements?)?
make[- ]or[- ]buy
buy[- ]in
(?:remaining |open |consortium |capability |expertise |skills? )?gaps?(?: .*)?
missing(?: .*)?
(?:the|our|my) asks?
asks
(?:if|when) you (?:can|could|make|do|suppl|offer|have|build|machine|weld|are|know|run|own).*
we should talk.*
(?:talk to|call|come see) us if.*
(?:can|could|do) you (?:make|supply|help|do|build|offer|machine|host).*
where (?:you|others|we|partners|suppliers|local firms) (?:come in|fit(?: in)?|could use help|need help|can help)
how (?:you|others|firms|companies|suppliers|partners|smes|members|local \w+|milton \w+|\
halton \w+)(?: \w+)? (?:can|could|might) (?:help|take part|contribute|participate|get involved|join|fit in)
ways to (?:get involved|take part|participate|help)
who (?:we (?:want|would like|wish|hope)|should (?:apply|respond|contact us|get in touch|call|reply)|we'd like).*
(?:what|who)(?:'s| is) (?:missing|needed|wanted)
open (?:roles?|positions?|needs?|points|spots|seats|work)
(?:vacant|empty|free) (?:roles?|seats?|spots?)
roles? (?:to fill|sought|open|available)
(?:capabilit\w+|expertise|skills?|competenc\w+|services?|equipment|materials?|components?|partners?|\
suppliers?|technologies|processes|deliverables|support) (?:sought|needed|required|wanted|requested|\
of interest|we .*|to .*)
(?:required|needed|desired|requested|sought|target) (?:capabilit\w+|expertise|skills?|competenc\w+|services?|\
equipment|materials?|components?|partners?|suppliers?|parts?|items?|technologies|processes|work|support)
(?:ideal|target|preferred|potential|desired|future) (?:partners?|suppliers?|collaborators?)(?: profiles?)?
(?:partners?|suppliers?|vendors?|subcontractors?|collaborators?|hosts?)(?: .*)? (?:sought|wanted|needed|\
required|requested|profiles?)
call for (?:partners?|suppliers?|collaborators?|help|quotes?|participants?)
request(?:ed|s|ing)? (?:for )?(?:quotes?|quotations?|partners?|support|items?|services?|parts?)
please quote(?: .*)?
quote (?:for|on|the|us)(?: .*)?
quantities(?: .*)?
external (?:work|support|services|help)
what (?:we|i|the (?:project|team|consortium))(?:'d|'ll)?(?: \w+)? (?:need|lack|want|require|seek|\
buy|miss|don't have|do not have)s?.*""")
NEEDS_FR = _pattern(r"""nous (?:re)?cherchons.*
(?:re)?cherch(?:e|ons|ez|es)(?: .*)?
recherchee?s?(?: .*)?
on (?:re)?cherche.*
(?:a la|en) (?:recherche|quete) (?:de|d').*
besoins?(?: .*)?
nos besoins?
(?:partenaires?|fournisseurs?|sous[- ]traitants?|collaborateurs?|expertises?|competences?|services?|\
equipements?|materiaux|pieces?|composants?|profils?) (?:re)?(?:cherche|souhaite|requis|vise|demande|desire|\
voulu|necessaire)e?s?.*
(?:opportunites?|occasions?) (?:d'affaires?|d'approvisionnement|pour .*|de sous[- ]traitance|fournisseurs?)
(?:portee|etendue|contenu) (?:des travaux|des services|du mandat|de (?:la )?fourniture|d'approvisionnement|\
de l'approvisionnement)
approvisionnements?
ce (?:qu'il nous (?:faut|manque)|que nous (?:re)?cherchons|dont nous avons besoin|qui (?:nous )?manque)
il nous (?:faut|manque).*
qui (?:cherchons|recherchons)[- ]nous.*
appel (?:a|aux) (?:partenaires?|fournisseurs?|collaborateurs?|sous[- ]traitants?)
(?:en )?sous[- ]traitance
(?:pieces?|travaux|articles?|elements?) (?:a|requis\w*|demande\w*) .*
travaux a (?:confier|sous[- ]traiter|realiser)
liste (?:des|de) (?:pieces?|besoins?|materiel|articles?)
nomenclature
demande de (?:prix|soumissions?|cotations?)
manquants?
a combler
comment (?:vous pouvez|contribuer|vous impliquer).*
profils? (?:re)?cherches?
fournitures?
achats?""")
MAYBE = _pattern(r"""(?:technical |project |key |main |product |functional )?requirements?
specifications?
specs?
technical (?:scope|specifications?|details)
scope
deliverables?
tasks?
activities
services
items?
parts?
components?
materials?
equipment
opportunit(?:y|ies)
quantit(?:y|ies)
suppliers?
vendors?
exigences?(?: techniques?)?
specifications?(?: techniques?)?
livrables?
taches?
travaux
mandat
portee
fournisseurs?
composants?
materiaux
pieces?
opportunites?
approach
methodology
methodologie
demarche
work plan
plan de travail
phases?""")
PARTNER = re.compile(
    r"\b(?:partners?|partnering|partnerships?|consorti\w+|collaborat\w+|co-?develop\w*|joint|hosts?|"
    r"host(?:ing)? sites?|pilot (?:sites?|host)|"
    r"demonstration sites?|test ?beds?|end[- ]users?|lead users?|adopters?|universit(?:y|ies)|colleges?|"
    r"research\w*|academi\w+|"
    r"r&d|institutes?|technology (?:developer|provider|owner)s?|co-?funders?|partenaires?|partenariats?|"
    r"collaborateurs?|hotes?|accueill\w+|"
    r"site (?:pilote|d'essais?|de demonstration)|universites?|recherche(?!nt|r|s|z|e)|centres? de recherche|"
    r"utilisateurs? finaux|codevelopp\w+)\b"
)
SUPPLIER = re.compile(
    r"\b(?:suppl(?:y|ies|ier|iers)|suppl(?:y|ied)|vendors?|sub-?contract\w*|quotes?|quotations?|rfqs?|rfps?|"
    r"purchas\w+|buy|procure\w*|sourc(?:e|ed|ing)|"
    r"outsourc\w+|fabricators?|(?:machine |job |weld(?:ing)? |tool )?shops?|bill of materials?|bom|shopping|bids?|"
    r"tenders?|"
    r"contractors?|fournisseurs?|fournitures?|fournir|sous[- ]trait\w+|soumissions?|achats?|acheter|"
    r"approvisionn\w+|cotations?|demande de prix|"
    r"parts? list|line items|items? to|pieces? (?:a|requises))\b"
)
SPOILERS = re.compile(
    r"(?<![a-z])(?:budget\w*|fund\w+|financ\w+|financement|eligib\w+|admissib\w+|submission|submit|information|"
    r"documents?|documentation|"
    r"approvals?|insurance|qualifications?|criteria|criteres|applicants?|bidders?|not|proposal content|permits?|"
    r"deadlines?|dates?|timelines?|schedules?|"
    r"payment|references|contact\w*|assessment|renseignements|why)(?![a-z])"
)

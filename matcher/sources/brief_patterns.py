"""Patterns of phrases that say what is sought, read by :mod:`matcher.sources.brief_phrases` only.

They are compared with text in lower case without accents, see ``_same_length`` there.
"""

from __future__ import annotations

import re

SEEK_EN = (
    r"\b(?:(?:also |currently |actively |now |still )*(?:looking|searching|hunting|on the lookout|on the hunt|"
    r"in the market|shopping|scouting) (?:for\b|(?=to\s))"
    r"|(?<!self-)(?:seeks?|seeking|sourcing)"
    r"|(?:we|i|they|it|project|team|consortium|company|client|customer|group|plant|line|also|still|will|would|who|"
    r"'ll|firm|cell|system|which|and|but)\s(?:\w+ly\s|also |still |now |will |would |do |'ll |just |then |"
    r"really |probably )*(?:needs?|requires?|wants?|could use|lacks?|miss|'re missing|are missing|are short of|"
    r"need help (?:with|on)|are after|buys?|outsources?|subcontracts?)"
    r"|in (?:search|need|want) of|(?:would|'d) (?:also |really )?(?:like|love|want)(?=\s(?:to|an?)\s)|(?:please|"
    r"pls|plz|can you|could you|kindly) (?:also )?(?:quote|price|provide (?:a )?(?:quotes?|pricing|"
    r"quotations?) (?:on|for)|bid on)(?: us)?(?: on| for)?"
    r"|(?:request(?:s|ing|ed)?|invit(?:e|es|ing)|asking|solicit(?:s|ing)?|calling|call|want|need|after|getting|"
    r"get) (?:for )?(?:a |your |some |competitive |sealed )*(?:quotes?|quotations?|bids?|proposals?|pricing|"
    r"tenders?|prices?|offers?|expressions? of interest|rfqs?) (?:for|on|from|to)"
    r"|(?:interested in|keen on) (?:hearing from|talking (?:to|with)|meeting|finding|working with|partnering with|"
    r"speaking (?:to|with)|connecting with)"
    r"|(?:hope|hoping|plan|planning|intend|intending|aim|aiming|expect|expecting|propose|have|try|trying|ready|"
    r"happy|keen|eager) to (?=source|buy|purchase|procure|outsource|subcontract|find|partner with|hire|engage|"
    r"contract|work with|team up)"
    r"|(?:know|knows) (?:of )?(?=any|a |an |someone|somebody|who|where)|does (?=anyone|anybody)|(?:can|"
    r"could) (?=anyone|anybody|someone)|who (?=can |could |does |makes |do )|any (?:leads|pointers|suggestions|"
    r"recommendations|ideas|tips) (?:on|for)|anyone (?=who |that |doing |able )"
    r"|there (?:is|'s|are) (?:a |an |also a |still a |room for |opportunit\w+ for )?(?:need|opening|opportunit\w+|"
    r"demand|room)s? for|open to (?=partner|supplier|collaborat|firm|compan|universit|host)"
    r"|(?:what(?:'s| is)|we(?:'re| are)|still) missing (?:is|are)?|wanted:|sought:|needed:|required:|looking:|"
    r"iso:?(?=\s[a-z]))(?:(?<=\s)|(?=\s|$|:)|(?<=:))"
)
SEEK_FR = (
    r"\b(?:(?:re)?cherch(?:ons|e|ent|ez|er)|(?:a|en) (?:la )?(?:recherche|quete) (?:de |d'|d')|(?:avons|ai|a|ont|"
    r"aurons|aura|auront|ayant|aurions|aurait|avions) (?:\w+ment |aussi )?besoin (?:de |d'|d')|"
    r"il (?:nous |me |lui |leur )?(?:faut|faudra|faudrait|manque)(?: aussi| egalement)?|(?:souhait(?:ons|e|ent)|"
    r"aimerions|aimerait|voulons|veut|desir(?:ons|e)|voudrions) (?:aussi |egalement )?(?=trouver|rencontrer|"
    r"collaborer|travailler|s'associer|nous associer|acheter|sous-traiter|confier|commander|obtenir|identifier|"
    r"recevoir)|"
    r"necessit(?:e|ons|ent|era)|(?:demand(?:ons|e)|obtenir|recevoir) (?:un |une |des |vos |votre )?(?:prix|"
    r"soumissions?|cotations?|offres?|devis) (?:pour|sur)|connaissez-vous|(?:qui|quelqu'un) (?=peut |pourrait )|"
    r"(?:sommes|est) (?:interesses?|ouverts?) (?:a|par)|(?:nous )?manque(?:nt)?|recherchee?s? :)"
)
SEEK = re.compile(f"(?:{SEEK_EN}|{SEEK_FR})")
NEGATED = re.compile(
    r"\b(?:(?:not|no longer|\w+n't|never|neither|nor|dont|without) (?:\w+ ){0,2}(?:looking|need\w*|seek\w*|requir\w*|"
    r"want\w*|interested|search\w*)|"
    r"no (?:need|requirement|further)|not (?:needed|required|sought|interested)|ne (?:\w+ ){0,2}(?:\w*cherch\w+|"
    r"avons|faut|voulons|souhaitons|necessit\w+) (?:pas|plus|aucun\w*)|"
    r"n'(?:avons|est|a) (?:pas|plus)|pas (?:besoin|necessaire|requis)|aucun besoin|already (?:have|in place|"
    r"covered|selected|on board)|deja (?:un|une|le|la|des|trouve|en place|comble))\b"
)
PASSIVE = re.compile(
    r"^(?P<what>.{4,160}?)\s(?:is|are|will be|would be|est|sont|sera|seront)\s(?:also |still |urgently |"
    r"currently |now |particularly |especially |aussi |egalement |toujours |activement )*"
    r"(?P<how>sought(?: after)?|wanted|needed|required|most welcome|welcomed?|invited|encouraged|missing|"
    r"to be (?:sourced|outsourced|subcontracted|bought|procured|purchased|found|supplied)|"
    r"recherchee?s?|souhaitee?s?|requise?s?|demandee?s?|necessaires?|bienvenue?s?|invitee?s?|les bienvenue?s?|"
    r"a trouver)\b"
)
# What follows "we need" and is no thing that a firm supplies.
NO_OBJECT = re.compile(
    r"^(?:forward|feedback|approval|your|you|it|this|that|these|those|them|him|her|us|more (?!than)|an? (?:answer|"
    r"response|reply|call|quick|decision|meeting|chat|word|minute|few|bit|couple|commitment|letter|confirmation|"
    r"sense|good|plan|price|budget)|"
    r"time|funding|funds|money|cash|investment|investors?|investissement|financement|information|confirmation|"
    r"price|prices|pricing|input|ideas|comments|advice|permission|everyone|everything|something|nothing|"
    r"(?:any )?(?:questions?|clarification|details)|at least|quotes?$|quotations?$|proposals?$|bids?$|\$|€|"
    r"[\d.,]+ ?(?:million|k\$|m\$|\$|%|days|weeks|months|years|jours|semaines|mois)|votre|vos|une reponse|"
    r"un retour|que |des commentaires|"
    r"(?:a|the|an) (?:signed|completed|non-disclosure|nda)|be (?!able)|been|being|all (?:bidders|suppliers|"
    r"respondents|vendors|applicants|proposals|quotes)|respondents?|bidders?|applicants?|proponents?|"
    r"the (?:successful|winning|selected|work|supplier|vendor|bidder|contractor|"
    r"applicant|project to|market|industry|cost|price|budget|deadline|date)|suppliers? (?:to be|must|shall|"
    r"to have|to provide their|to hold)|results|growth|change|improvement|permits?|new (?:customers|clients|"
    r"markets|business)|customers|clients|jobs|people to|someone to talk|to (?:be|have|know|see|hear|receive|"
    r"get (?!quotes|a quote)|make sure|ensure|"
    r"understand|reduce|increase|improve|replace|grow|keep|meet|talk|discuss|start|finish|move|expand|submit|"
    r"apply|register|respond|confirm|sign|go|do|use|take|give|show|ask|say|let|send|thank|schedule|book|invite|"
    r"come|stay|secure|raise|decide|think|consider|cut|save|hit|reach|become|demonstrate|qualify))\b"
)
SOURCE_VERB = re.compile(
    r"^(?:to\s)?(?:source|buy|purchase|procure|outsource|sub-?contract|contract out|contract|find|partner with|"
    r"hire|engage|order|identify|work with|collaborate with|connect with|team up with|secure|select|hear from|"
    r"meet|talk (?:to|with)|speak (?:to|with)|"
    r"get (?:a |some )?(?:quotes?|pricing|prices?|quotations?) (?:on|for|from)|have (?=.*ed\b)|add|bring (?:in|"
    r"on)(?: board)?|recruit|locate|see if anyone can|know (?:of )?(?:if )?|recruter|acheter|trouver|rencontrer|"
    r"identifier|commander|sous-traiter|confier|collaborer avec|travailler avec|s'associer (?:a|avec)|"
    r"nous associer (?:a|avec)|obtenir (?:un prix|une soumission|des soumissions) (?:pour|sur)|faire (?=usiner|"
    r"fabriquer|souder|peindre|couper|mouler|assembler|tester|produire))(?:\s+|$|(?<=\s))",
    re.I,
)
WISH = re.compile(r"(?:want\w*|like|love|hop\w+|plan\w*|intend\w*|aim\w*)\s*$")
MAKE_VERB = re.compile(
    r"^to\s(?=(?:machine|weld|cast|forge|build|fabricate|coat|paint|anodi[sz]e|plate|test|print|assemble|design|"
    r"develop|integrate|supply|manufacture|produce|host|pilot|validate|automate|inspect|mould|mold|stamp|bend|cut|"
    r"grind|turn|mill|heat|treat|engineer|prototype|simulate|model|program|install|commission|"
    r"retrofit|package|sterili[sz]e|calibrate|certify|supply|provide|deliver|co-develop|wire|harden|finish|polish|"
    r"laser|recycle|characteri[sz]e|scale)\b)",
    re.I,
)
ROLE_NOUN = (
    r"(?:(?:industrial|industry|local|regional|canadian|ontario|halton|milton|gta|nearby|experienced|qualified|"
    r"reliable|potential|additional|new|second|suitable|interested|capable|certified|trusted|strong|good|great|"
    r"strategic|long-term|key|technical|"
    r"technology|manufacturing|delivery|commercial|other|more|several|some|any|specialized|specialised|skilled|"
    r"innovative|small|smaller|competent|proven|domestic|one|two|three|few|outside|external|right|ideal|first|"
    r"proponents|manufacturing)\s)*"
    r"(?:partners?|suppliers?|vendors?|firms?|compan(?:y|ies)|shops?|contractors?|sub-?contractors?|providers?|"
    r"organi[sz]ations?|business(?:es)?|someone|anyone|anybody|somebody|people|teams?|outfits?|places?|sources?|"
    r"help|support|expertise|experience|"
    r"capabilit(?:y|ies)|capacity|assistance|know-?how|a hand|smes?|collaborators?|players?|partenaires?|"
    r"fournisseurs?|entreprises?|firmes?|sous-traitants?|ateliers?|quelqu'un|expertises?|aide|soutien|pme|"
    r"collaborateurs?|prestataires?|specialistes?|experts?|"
    r"(?:partners?|suppliers?) (?:and|or|/) (?:partners?|suppliers?))"
    r"(?:\s(?:locales?|locaux|industriels?|fiables?|qualifie[es]*|experimente[es]*|canadiens?|canadiennes?|"
    r"ontariens?|regional[es]*|regionaux|specialise[es]*|around here|near(?:by| us| milton)|in (?:the )?(?:area|"
    r"ontario|halton|milton|gta|canada|region)|locally|close by|"
    r"(?:around|near) \w+))?"
)
CONNECT = (
    r"(?:(?:,?\s?(?:that|who|which|qui)\s(?:can|could|is able to|are able to|will|would|do(?:es)?|has|have|makes?|"
    r"suppl(?:y|ies)|provides?|offers?|is|are|peut|peuvent|pourrait|pourraient|fait|font|offre|offrent|possede|"
    r"ont|a|maitrise|fabrique)?\s?"
    r"|\s?(?:able|capable|prepared|willing|ready|capables?|en mesure)\s(?:to|of|de|d')\s?|\s(?:to|of|for|pour|de|"
    r"d'|des|du|en)\s?(?<!\sen\s)|\s(?:specializ|specialis)(?:ed|ing)\s(?:in)\s|\sspecialise[es]*\s(?:en|dans)\s|"
    r"\sdoing\s|\soffering\s|\smaking\s|\sen\s)"
    r"(?:(?:supply|provide|offer|deliver|do|handle|perform|carry out|take on|help (?:us )?(?:with|to)?|have|"
    r"the supply of|us|quote on|quote|bid on|manage|fournir|realiser|effectuer|faire|assurer|offrir|"
    r"prendre en charge|l'|le|la|les|un|une|des)\s)*"
    r"(?:(?:a |an |the |our |une? |de l'|in-house |proven |strong |deep |real |solid |"
    r"demonstrated )*(?:experience|expertise|capabilit(?:y|ies)|capacity|knowledge|background|skills|equipment|"
    r"experience|savoir-faire)\s(?:in|with|of|for|to|on|en|dans|de|d')\s)?"
    r"|,?\s(?:with|having|ayant|avec|possedant)\s(?:a |an |the |une? |de l'|in-house |proven |strong |deep |real |"
    r"solid |demonstrated |prior |relevant |some )*(?:(?:experience|expertise|capabilit(?:y|ies)|capacity|"
    r"knowledge|background|skills|track record|competences?|savoir-faire)\s(?:in|with|of|for|to|on|en|dans|de|d')\s|"
    r"(?=\w))|\s(?:in|with|dans)\s(?=\w))"
)
LEAD_ARTICLE = re.compile(
    r"^(?:(?:(?:competitive |sealed |your )?(?:quotes?|quotations?|bids?|proposals?|pricing|tenders?|"
    r"soumissions?|prix) (?:for|on|to|from|pour|sur)|for|also|the following|following|a|an|the|our|some|any|des|"
    r"une?|du|de la|de l'|de|d'|le|la|les|l'|"
    r"notamment|eg|e\.g\.|such as|including|either|both|namely|:|-|–|on|with|hearing from|good|to find)\s+|(?:d'|"
    r"l'|:\s*))",
    re.I,
)
ROLE_LEAD = re.compile(rf"^{ROLE_NOUN}{CONNECT}", re.I)
EXPERIENCE_LEAD = re.compile(
    r"^(?:(?:proven |strong |deep |demonstrated )*(?:experience|expertise|knowledge|capabilit(?:y|ies)|capacity|"
    r"experience|expertise|help|support|assistance|aide)\s(?:in|with|of|for|to|on|en|dans|pour|de|avec)\s)",
    re.I,
)
VAGUE = re.compile(rf"^(?:{ROLE_NOUN}|(?:(?:two|three|four|five|several|many|\d+|some|deux|trois) )?(?:kinds?|"
    rf"types?|sorts?|areas?|forms?|genres?|types?) (?:of|de|d') ?(?:help|support|partners?|suppliers?|expertise|work|"
    rf"things|aide|partenaires?)|them|it|one|us|quotes?|proposals?|bids?|more|others?|etc\.?|and more|"
    rf"the following|suivants?|work|services?|products?|solutions?|technolog(?:y|ies)|project|projects?|someone|things|"
    rf"stuff|talent|members|ce qui suit|autres?|innovation|collaboration|local|"
                    r"the work|ontario|canada|halton|milton|quebec|parts|materials?|equipment|components?|"
                    r"consortium (?:partners?|members?)|ideas|interested parties|expressions of interest|you|"
                    r"everyone)$", re.I)  # fmt: skip
STOP = re.compile(
    r"(?:,?\s(?:so (?:that|we|it)|because|since|as (?:we|our|the current)|in order to|to (?:support|complete|join|"
    r"help|strengthen|complement|round out|round off|fill|make|keep|bring|finish|get|allow|enable|meet|be part|"
    r"take part|participate|work)\s(?:us|our|the|this|it|with us|in|of)\b|"
    r"for (?:our|this|the|a) (?:\w+ ){0,2}(?:project|program(?:me)?|consortium|proposal|plant|facility|shop|"
    r"factory|pilot|"
    r"application|launch|"
    r"prototype|build)\b|and (?:we|i|our|would|can|are)\b|,? but\b|if\b|afin (?:de|d')|pour (?:notre|le|ce|"
    r"cette) (?:\w+ )?(?:projet|consortium|programme|proposition|prototype)\b|"
    r"car\b|puisque|mais\b|et nous\b|parce que|while\b|whereas|before (?:we|the)|when (?:we|the)|once\b|until\b|"
    r"(?:ideally|preferably|preferred|de preference|idealement)\b|(?:please|let me know|thanks|contact|reach|"
    r"call)\b|which (?:we|will|is|are)|,? (?:all|both) (?:to|in|of)\b)"
    r"|\s[–—-]\s(?:please|thanks|ideally|preferably|any|let|we|this|it)\b|\s?\?\s?$)",
    re.I,
)
TRAIL = re.compile(
    r"(?:[\s,]+(?:in (?:the )?(?:ontario|halton|milton|gta|canada|area|region|golden horseshoe)(?: region| area)?|"
    r"locally|nearby|near (?:milton|us|here|oakville)|around here|around (?:milton|halton)|(?:or )?similar|etc\.?|"
    r"and (?:so on|more|others|similar)|as well|too|over the (?:next|coming) (?:\w+ )?\w+|in the (?:next|"
    r"coming) (?:\w+ )?\w+|this (?:year|summer|fall|spring|winter)|asap|please|for us|"
    r"to us|en ontario|dans la region|also|preferably|ideally|soon|urgently|quickly|today|here|at the moment|"
    r"right now|out there|rapidement|aussi|pour nous|who can help))+$",
    re.I,
)
AND = re.compile(
    r"\s+(?:and/or|as well as|along with|together with|plus|and|et/ou|ainsi que|et|&|\+)\s+(?:also\s|aussi\s|a\s|"
    r"an\s|the\s|des\s|une?\s|for\s|de\s|d['’]|l['’])?",
    re.I,
)
OR = re.compile(r"\s+(?:or|ou)\s+")
COMMA = re.compile(
    r"\s*(?:;|,(?!\d{3}\b)(?!\d))\s*(?:(?:and/or|as well as|and|or|et|ou|ainsi que|plus)\s+)?(?:also\s+|aussi\s+)?"
)
PROCESS = re.compile(
    r"\b(?:\w{2,}(?:ing|isation|ization|ation|age|erie|ment|ture|sion|ction)|design|assembly|test|tests|"
    r"inspection|engineering|printing|conception|usinage|soudure|decoupe|peinture|essais?|moulage|simulation|"
    r"analysis|analyse|r&d|research|software|controls?|automation|"
    r"integration|robotics|logistics|tooling|metrology|supply|repair|maintenance|packaging)$",
    re.I,
)
COMPLEMENT = re.compile(
    r"\b(?:of|for|with|in|on|to|from|using|under|de|du|des|d['’]|pour|avec|en|sur|à|au|aux)\b", re.I
)
CAPABILITY = re.compile(
    r"(?<![a-z])(?:\w*(?:machin|weld|mould|mold|cast|forg|stamp|coat|plat|anodi|grind|print|assembl|fabricat|"
    r"manufactur|fixtur|bracket|housing|enclosure|harness|sensor|robot|automat|actuator|valve|pump|gear|shaft|"
    r"motor|batter|"
    r"compos|polym|plastic|metal|steel|alumin|titan|laser|electron|circuit|hydraul|pneumat|inspect|metrolog|"
    r"simulat|integrat|engineer|prototyp|tool|die\b|dies\b|mill|turn|cnc|sheet|tube|pipe|cabl|wir|software|vision|"
    r"camera|control|plc|scada|test|laborator|"
    r"packag|steriliz|sterilis|clean ?room|heat treat|anneal|paint|additive|powder|filament|furnace|oven|press|"
    r"conveyor|gripper|frame|chassis|tank|vessel|skid|compressor|turbine|bearing|seal|gasket|fasten|bolt|spring|"
    r"optic|lens|photonic|semiconductor|"
    r"chip|wafer|membrane|electrode|catalyst|chemical|resin|adhesive|textile|fabric|foam|rubber|glass|ceram|"
    r"part\b|parts\b|component|host|pilot|site|plant|universit|research|college|usin|soud|fabriqu|fabrication|"
    r"moul|coul|decoup|revet|peint|essai|"
    r"boitier|support|capteur|outil|piece|banc|logiciel|conception|ingenierie|cablage|banc|numerique|analyse|ai\b|"
    r"ml\b|data|digital|iot|energy|hydrogen|cool|therm|magnet|coil|winding|lamination|busbar|connector|antenna|"
    r"drone|vehicle|equipment|machine|line|"
    r"recycl|lifecycle|certif|calibrat|maintenance|install|logistic|warehous)\w*)"
)
ORDINAL = re.compile(
    r"^(?:(?:first|second|third|fourth|fifth|final|last)(?:ly)?|also|next|one|another|and|plus|in addition|"
    r"premièrement|deuxièmement|troisièmement|d['’]abord|ensuite|enfin|aussi|finalement),?\s+(?:is\s|we need\s)?"
    r"(?=(?:an?|some|the|one|une?|des)\s|[a-zà-ÿ-]+ing\b)",
    re.I,
)

"""Countries by their two letters (ISO 3166-1 alpha-2) and by the names that people write (Unicode CLDR, trimmed)."""

from __future__ import annotations

import unicodedata


def country_code(text: str) -> str:
    """The two letters of a country, from them or from a name in one of some languages; "" where it is none."""
    plain = _plain(text)
    return plain.upper() if plain.upper() in NAMES else _CODES.get(plain, _CODES.get(_plain(_without_and(text)), ""))


def country_name(code: str) -> str:
    """The English name of a country by its two letters; the letters themselves where they are of none."""
    return NAMES.get(code, (code,))[0]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if letter.isalnum())


def _without_and(text: str) -> str:
    return " ".join(word for word in text.split() if word.casefold() not in {"and", "und", "et", "y", "the", "of"})


_TABLE = """\
AD Andorra|Andorre
AE United Arab Emirates|Vereinigte Arabische Emirate|Émirats arabes unis|Emiratos Árabes Unidos|UAE
AF Afghanistan|Afganistán
AG Antigua & Barbuda|Antigua und Barbuda|Antigua-et-Barbuda|Antigua y Barbuda
AI Anguilla|Anguila
AL Albania|Albanien|Albanie|Shqipëri
AM Armenia|Armenien|Arménie
AO Angola
AQ Antarctica|Antarktis|Antarctique|Antártida
AR Argentina|Argentinien|Argentine
AS American Samoa|Amerikanisch-Samoa|Samoa américaines|Samoa Americana
AT Austria|Österreich|Autriche
AU Australia|Australien|Australie
AW Aruba
AX Åland Islands|Ålandinseln|Îles Åland|Islas Aland
AZ Azerbaijan|Aserbaidschan|Azerbaïdjan|Azerbaiyán
BA Bosnia & Herzegovina|Bosnien und Herzegowina|Bosnie-Herzégovine|Bosnia y Herzegovina
BB Barbados|Barbade
BD Bangladesh|Bangladesch|Bangladés
BE Belgium|Belgien|Belgique|Bélgica|België
BF Burkina Faso
BG Bulgaria|Bulgarien|Bulgarie|България
BH Bahrain|Bahreïn|Baréin
BI Burundi
BJ Benin
BL St. Barthélemy|Saint-Barthélemy|San Bartolomé
BM Bermuda|Bermudes|Bermudas
BN Brunei|Brunei Darussalam
BO Bolivia|Bolivien|Bolivie
BQ Caribbean Netherlands|Karibische Niederlande|Pays-Bas caribéens|Caribe neerlandés
BR Brazil|Brasilien|Brésil|Brasil
BS Bahamas
BT Bhutan|Bhoutan|Bután
BV Bouvet Island|Bouvetinsel|Île Bouvet|Isla Bouvet
BW Botswana|Botsuana
BY Belarus|Biélorussie|Bielorrusia
BZ Belize|Belice
CA Canada|Kanada
CC Cocos (Keeling) Islands|Kokosinseln|Îles Cocos|Islas Cocos
CD Congo - Kinshasa|Kongo-Kinshasa|República Democrática del Congo|Democratic Republic of the Congo
CF Central African Republic|Zentralafrikanische Republik|République centrafricaine|República Centroafricana
CG Congo - Brazzaville|Kongo-Brazzaville|Congo|Republic of the Congo
CH Switzerland|Schweiz|Suisse|Suiza|Swiss
CI Côte d'Ivoire|Ivory Coast
CK Cook Islands|Cookinseln|Îles Cook|Islas Cook
CL Chile|Chili
CM Cameroon|Kamerun|Cameroun|Camerún
CN China|Chine|中国|PRC
CO Colombia|Kolumbien|Colombie
CR Costa Rica
CU Cuba|Kuba
CV Cape Verde|Cabo Verde|Cap-Vert
CW Curaçao|Curazao
CX Christmas Island|Weihnachtsinsel|Île Christmas|Isla de Navidad
CY Cyprus|Zypern|Chypre|Chipre
CZ Czechia|Tschechien|Tchéquie|Chequia|Česko|Czech Republic
DE Germany|Deutschland|Allemagne|Alemania
DJ Djibouti|Dschibuti|Yibuti
DK Denmark|Dänemark|Dinamarca|Danmark
DM Dominica|Dominique
DO Dominican Republic|Dominikanische Republik|République dominicaine|República Dominicana
DZ Algeria|Algerien|Algérie|Argelia
EC Ecuador|Équateur
EE Estonia|Estland|Estonie|Eesti
EG Egypt|Ägypten|Égypte|Egipto
EH Western Sahara|Westsahara|Sahara occidental
ER Eritrea|Érythrée
ES Spain|Spanien|Espagne|España
ET Ethiopia|Äthiopien|Éthiopie|Etiopía
FI Finland|Finnland|Finlande|Finlandia|Suomi
FJ Fiji|Fidschi|Fidji|Fiyi
FK Falkland Islands|Falklandinseln|Îles Malouines|Islas Malvinas
FM Micronesia|Mikronesien|Micronésie
FO Faroe Islands|Färöer|Îles Féroé|Islas Feroe
FR France|Frankreich|Francia
GA Gabon|Gabun
GB United Kingdom|Vereinigtes Königreich|Royaume-Uni|Reino Unido|UK|Great Britain|England|Scotland|Wales
GD Grenada|Grenade|Granada
GE Georgia|Georgien|Géorgie
GF French Guiana|Französisch-Guayana|Guyane française|Guayana Francesa
GG Guernsey|Guernesey
GH Ghana
GI Gibraltar
GL Greenland|Grönland|Groenland|Groenlandia
GM Gambia|Gambie
GN Guinea|Guinée
GP Guadeloupe|Guadalupe
GQ Equatorial Guinea|Äquatorialguinea|Guinée équatoriale|Guinea Ecuatorial
GR Greece|Griechenland|Grèce|Grecia|Ελλάδα
GS South Georgia & South Sandwich Islands|Südgeorgien und die Südlichen Sandwichinseln
GT Guatemala
GU Guam
GW Guinea-Bissau|Guinée-Bissau|Guinea-Bisáu
GY Guyana
HK Hong Kong
HM Heard & McDonald Islands|Heard und McDonaldinseln|Îles Heard-et-MacDonald|Islas Heard y McDonald
HN Honduras
HR Croatia|Kroatien|Croatie|Croacia|Hrvatska
HT Haiti
HU Hungary|Ungarn|Hongrie|Hungría|Magyarország
ID Indonesia|Indonesien|Indonésie
IE Ireland|Irland|Irlande|Irlanda|Republic of Ireland|Eire
IL Israel|ישראל
IM Isle of Man|Île de Man|Isla de Man
IN India|Indien|Inde
IO British Indian Ocean Territory|Britisches Territorium im Indischen Ozean|Territoire britannique de l'océan Indien
IQ Iraq|Irak
IR Iran
IS Iceland|Island|Islande|Islandia
IT Italy|Italien|Italie|Italia
JE Jersey
JM Jamaica|Jamaika|Jamaïque
JO Jordan|Jordanien|Jordanie|Jordania
JP Japan|Japon|日本
KE Kenya|Kenia
KG Kyrgyzstan|Kirgisistan|Kirghizstan|Kirguistán
KH Cambodia|Kambodscha|Cambodge|Camboya
KI Kiribati
KM Comoros|Komoren|Comores|Comoras
KN St. Kitts & Nevis|St. Kitts und Nevis|Saint-Christophe-et-Niévès|San Cristóbal y Nieves
KP North Korea|Nordkorea|Corée du Nord|Corea del Norte
KR South Korea|Südkorea|Corée du Sud|Corea del Sur|대한민국|Korea
KW Kuwait|Koweït
KY Cayman Islands|Kaimaninseln|Îles Caïmans|Islas Caimán
KZ Kazakhstan|Kasachstan|Kazajistán
LA Laos
LB Lebanon|Libanon|Liban|Líbano
LC St. Lucia|Sainte-Lucie|Santa Lucía
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho|Lesoto
LT Lithuania|Litauen|Lituanie|Lituania|Lietuva
LU Luxembourg|Luxemburg|Luxemburgo
LV Latvia|Lettland|Lettonie|Letonia|Latvija
LY Libya|Libyen|Libye|Libia
MA Morocco|Marokko|Maroc|Marruecos
MC Monaco
MD Moldova|Republik Moldau|Moldavie|Moldavia
ME Montenegro
MF St. Martin|Saint-Martin|San Martín
MG Madagascar|Madagaskar
MH Marshall Islands|Marshallinseln|Îles Marshall|Islas Marshall
MK North Macedonia|Nordmazedonien|Macédoine du Nord|Macedonia del Norte|Macedonia
ML Mali
MM Myanmar (Burma)|Myanmar|Myanmar (Birmanie)|Myanmar (Birmania)|Burma
MN Mongolia|Mongolei|Mongolie
MO Macao|Macau
MP Northern Mariana Islands|Nördliche Marianen|Îles Mariannes du Nord|Islas Marianas del Norte
MQ Martinique|Martinica
MR Mauritania|Mauretanien|Mauritanie
MS Montserrat
MT Malta|Malte
MU Mauritius|Maurice|Mauricio
MV Maldives|Malediven|Maldivas
MW Malawi|Malaui
MX Mexico|Mexiko|Mexique
MY Malaysia|Malaisie|Malasia
MZ Mozambique|Mosambik
NA Namibia|Namibie
NC New Caledonia|Neukaledonien|Nouvelle-Calédonie|Nueva Caledonia
NE Niger
NF Norfolk Island|Norfolkinsel|Île Norfolk|Isla Norfolk
NG Nigeria
NI Nicaragua
NL Netherlands|Niederlande|Pays-Bas|Países Bajos|Nederland|Holland|The Netherlands
NO Norway|Norwegen|Norvège|Noruega|Norge
NP Nepal
NR Nauru
NU Niue
NZ New Zealand|Neuseeland|Nouvelle-Zélande|Nueva Zelanda
OM Oman
PA Panama
PE Peru|Pérou
PF French Polynesia|Französisch-Polynesien|Polynésie française|Polinesia Francesa
PG Papua New Guinea|Papua-Neuguinea|Papouasie-Nouvelle-Guinée|Papúa Nueva Guinea
PH Philippines|Philippinen|Filipinas
PK Pakistan
PL Poland|Polen|Pologne|Polonia|Polska
PM St. Pierre & Miquelon|St. Pierre und Miquelon|Saint-Pierre-et-Miquelon|San Pedro y Miquelón
PN Pitcairn Islands|Pitcairninseln|Îles Pitcairn|Islas Pitcairn
PR Puerto Rico|Porto Rico
PS Palestinian Territories|Palästinensische Autonomiegebiete|Territoires palestiniens|Territorios Palestinos|Palestine
PT Portugal
PW Palau|Palaos
PY Paraguay
QA Qatar|Katar|Catar
RE Réunion|La Réunion
RO Romania|Rumänien|Roumanie|Rumanía
RS Serbia|Serbien|Serbie|Србија
RU Russia|Russland|Russie|Rusia|Россия|Russian Federation
RW Rwanda|Ruanda
SA Saudi Arabia|Saudi-Arabien|Arabie saoudite|Arabia Saudí|المملكة العربية السعودية
SB Solomon Islands|Salomonen|Îles Salomon|Islas Salomón
SC Seychelles|Seychellen
SD Sudan|Soudan
SE Sweden|Schweden|Suède|Suecia|Sverige
SG Singapore|Singapur|Singapour
SH St. Helena|Sainte-Hélène|Santa Elena
SI Slovenia|Slowenien|Slovénie|Eslovenia|Slovenija
SJ Svalbard & Jan Mayen|Spitzbergen und Jan Mayen|Svalbard et Jan Mayen|Svalbard y Jan Mayen
SK Slovakia|Slowakei|Slovaquie|Eslovaquia|Slovensko
SL Sierra Leone|Sierra Leona
SM San Marino|Saint-Marin
SN Senegal
SO Somalia|Somalie
SR Suriname|Surinam
SS South Sudan|Südsudan|Soudan du Sud|Sudán del Sur
ST São Tomé & Príncipe|São Tomé und Príncipe|Sao Tomé-et-Principe|Santo Tomé y Príncipe
SV El Salvador|Salvador
SX Sint Maarten|Saint-Martin (partie néerlandaise)
SY Syria|Syrien|Syrie|Siria
SZ Eswatini|Esuatini|Swaziland
TC Turks & Caicos Islands|Turks- und Caicosinseln|Îles Turques-et-Caïques|Islas Turcas y Caicos
TD Chad|Tschad|Tchad
TF French Southern Territories|Französische Süd- und Antarktisgebiete|Terres australes françaises
TG Togo
TH Thailand|Thaïlande|Tailandia|ไทย
TJ Tajikistan|Tadschikistan|Tadjikistan|Tayikistán
TK Tokelau
TL Timor-Leste|Timor oriental|East Timor
TM Turkmenistan
TN Tunisia|Tunesien|Tunisie|Túnez
TO Tonga
TR Türkiye|Türkei|Turquie|Turquía|Turkey
TT Trinidad & Tobago|Trinidad und Tobago|Trinité-et-Tobago|Trinidad y Tobago
TV Tuvalu
TW Taiwan
TZ Tanzania|Tansania|Tanzanie
UA Ukraine|Ucrania|Україна
UG Uganda|Ouganda
UM U.S. Outlying Islands|Amerikanische Überseeinseln|Îles mineures éloignées des États-Unis
US United States|Vereinigte Staaten|États-Unis|Estados Unidos|USA|United States of America|America
UY Uruguay
UZ Uzbekistan|Usbekistan|Ouzbékistan
VA Vatican City|Vatikanstadt|État de la Cité du Vatican|Ciudad del Vaticano|Vatican
VC St. Vincent & Grenadines|St. Vincent und die Grenadinen|Saint-Vincent-et-les Grenadines
VE Venezuela
VG British Virgin Islands|Britische Jungferninseln|Îles Vierges britanniques|Islas Vírgenes Británicas
VI U.S. Virgin Islands|Amerikanische Jungferninseln|Îles Vierges des États-Unis|Islas Vírgenes de EE. UU.
VN Vietnam
VU Vanuatu
WF Wallis & Futuna|Wallis und Futuna|Wallis-et-Futuna|Wallis y Futuna
WS Samoa
XK Kosovo
YE Yemen|Jemen
YT Mayotte
ZA South Africa|Südafrika|Afrique du Sud|Sudáfrica
ZM Zambia|Sambia|Zambie
ZW Zimbabwe|Simbabwe|Zimbabue
"""

#: The two letters -> the names, the English one first.
NAMES: dict[str, tuple[str, ...]] = {line[:2]: tuple(line[3:].split("|")) for line in _TABLE.splitlines()}
_CODES = {
    key: code
    for code, names in reversed(NAMES.items())
    for name in reversed(names)
    for key in (_plain(_without_and(name)), _plain(name))
}

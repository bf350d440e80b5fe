"""Words that tell a name from another word after a title. Small on purpose: cues find names.

All are in lower case. Whoever extends a list sorts it.
"""

from __future__ import annotations


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


COMMON_WORDS = _words(
    """
a abend aber ablauf about abteilung access after afternoon all alle alles alltag als also alt am
an and anfang anfänger ans ansicht answer answers antwort antworten april arbeit arbeitsalltag
arbeitsplatz arbeitsschutz are art as at atmosphäre auch auf aufbau aufgabe aufgaben august aus
austausch außerdem azubi azubis azure bad be beamer because been before beginn bei beim beispiel
beispiele bereich bericht beruf besonders besser best beste betriebsrat better between bewertung
bezug bild bin bis bitte bleibt blick break breaks build but by bzw büro ca can case cases chef
chefin coach coffee colleague colleagues company computer content contents copilot could course
courses customer customers da dabei daher damen damit danach danke dann darf darum das dass
daten datenschutz dauer davor december dein dem den denn der des deshalb detail details deutsch
dezember diagramm diagramme did die dienstag diese diesem diesen dieser dieses ding dinge
diskussion diskussionen do doch does donnerstag dort dozent dozentin du durch during dynamics
e-mail ebenfalls edge eigentlich ein eindruck eine einem einen einer eines einfach einkauf
einsteiger empathie ende englisch er erfahrung erfahrungen ergebnis ergebnisse erklärt erklärte
es essen etc etwas euch euer evening everybody everyone example examples excel exercise
exercises experte experten expertin explained fachabteilung fachwissen fall fand februar
february feedback few findet firma folie folien food for format formel formeln forms
fortgeschrittene frage fragen frau frei freitag freude friday from früh funktion funktionen
fälle fühlt führungskraft führungskräfte für gab ganz gave geben geduld gegen geht gern gerne
gesetz gespräch gespräche gestern gibt ging gives good gott great group groups groß große grund
grundlagen grundwissen gruppe gruppen gründe gut gute guter gutes habe haben had hand handout
handouts has hat hatte hatten haus hause have he her here herr herren herzen heute hielt hier
hilfe hinter his how humor hält hätte i ich idee ideen if ihm ihn ihnen ihr ihre ihrem ihren im
immer immerhin in inhalt inhalte ins insgesamt instructor interesse internet is ist it its ja
jahr jahre januar january java je jede jeder jedes jedoch jetzt job juli jung juni kaffee kam
kamera kann kapitel kein keine keinen kenntnisse kept kind kinder klasse klein kleine knowledge
knows kollege kollegen kollegin kolleginnen kommt kompetenz konnte kritik kunde kunden kundin
kurs kurse kurz können könnte lage lager lang lange langsam laptop laut lehrer lehrerin leider
leiter leiterin leitung leute level ließ link links linux lob lässt lösung lösungen machen macht
machte madam made mail mails makes makro makros man manager mann many march material materialien
may mehr mehrwert mein meine meinen meinung meister mensch menschen methode methoden mich might
minute minuten mir mit mittag mittwoch moderator moderatorin modul module monat monate monday
montag more morgen morning most motivation much muss musste must mutter my märz möchte müssen
nach nachmittag nacht neben nein netz neu neue nice nicht nichts nie niveau no nobody noch not
note noten november nummer nur nutzen ob october oder oetker of office office365 oft ohne
oktober on onenote online or ort our outlook over pace participant participants pause pausen
people per person personal personalabteilung personaler personen pivot plan planner pläne
powerpoint practice praxis praxisbezug presenter prima pro problem probleme produktion programm
programme project projekt projekte prozess prozesse präsenz prüfung prüfungen punkt punkte
python qualität question questions raum raumtemperatur rechner recht redet referent referentin
respekt rolle rollen room ruhe räume sache sachen sagen sagt sagte said samstag sap saturday
says schicht schichten schlecht schluss schnell schon schulung schulungen schwäche schwächen
sehr sei sein seine seit seite seiten seminar seminare september session sessions sharepoint she
should showed shows sich sicherheit sicht sie sind skill skills skript skripte slides so
software soll sollen sollte some sondern sonntag sowie spaß speaker sprach sprache spricht sql
standort statt steht steuer stimme stimmung store struktur student students stunde stunden
stärke stärken sunday super surface system systeme tabelle tabellen tag tage task tasks team
teams technik teil teile teilnehmende teilnehmer teilnehmerin telefon tempo termin termine test
tests than that the their thema themen then theorie theory there these they this those thursday
ticket tickets tiefe time tipp tipps to toll ton too tool tools top topic topics trainer
trainerin training trainings trick tricks trotz trotzdem tuesday uhr um umfang und under uns
unser unsere unseren unter unterlage unterlagen unternehmen unterricht usw vater vertrieb
verwaltung very video videos viel viele vielleicht visio vom von vor vormittag vorwissen wann
war waren warum was we webinar webinare wednesday weg wege wegen weil weise weiß welche welcher
well welt wenig weniger wenn wer werden were werkstatt werkzeug werkzeuge what when which while
who why wie will windows wir wird wissen with without wo woche wochen wochenende wollte word
work workshop workshops wort worte would wurde wusste während wäre würde yes you your zeigt
zeigte zeit ziel ziele zu zudem zum zur zwischen über übung übungen
"""
)
"""Function words and the nouns of training feedback: what follows ``Frau`` and is no name."""

FIRST_NAMES = _words(
    """
aaron achim adam adrian agnes ahmed aleksandra alessandro alex alexander alexandra alfred ali
alice alina amelie amina amir amy ana andre andrea andreas andrew andrzej angela angelika anika
anita anja anke ann anna annalena anne annegret annette annika anthony anton antonia antonio
armin arne arthur astrid axel ayşe barbara bastian beate beatrix ben benedikt benjamin bernd
bernhard bettina bianca birgit björn brian brigitte bruno burak can carina carla carlos carmen
carol carola caroline carsten catherine cem charlotte chris christa christian christiane
christin christina christine christoph christopher claire clara claudia claus clemens cornelia
daniel daniela david deborah denise deniz dennis detlef dieter dietmar dimitri dirk dominik
donald dorothea ebru eckhard edith eduard elena eleni elias elif elisabeth elizabeth elke ella
emilia emily emine emma emre erhard eric erich erik erika ernst erwin esra esther eugen eva
evelyn fabian fatih fatma felix ferdinand fiona florian frank franz franziska fred friedrich
gabi gabriel gabriele georg george gerald gerd gerhard gertrud gisela giulia giuseppe gregor
grzegorz gudrun guido gundula gustav günter günther hakan hanna hannah hannelore hannes hans
harald hartmut hasan heidi heike heiko heiner heinrich heinz helen helena helene helga helmut
hendrik henning henrik henry herbert hermann hilde holger horst hubert hüseyin ibrahim ilona
ilse ines inga inge ingo ingrid irene irina iris isabel isabella isabelle ivan ivana jacob
jacqueline jakob james jan jana jane janina janine jasmin jason jean jeff jennifer jens jessica
jim joachim joana jochen johann johanna johannes john jonas jonathan josef joseph juan judith
jule julia julian juliane julie jutta jörg jürgen kai karen karin karl karla karsten katarzyna
kate katharina kathrin katja katrin kerstin kevin kirsten klara klaus konrad kristin kristina
krzysztof kurt lara lars laura lea lena leo leon leonie lidia lina linda linus lisa lorenz
lothar louis louisa luca lucas lucia luigi luis luisa lukas lutz magdalena maja malte mandy
manfred manuel manuela marc marcel marcin marco marcus maren margarete margit margot maria
marianne marie marina mario marion markus marlene marta martha martin martina mary maryam
mateusz mathias matteo matthew matthias max maximilian mehmet melanie mia michael michaela
michał michelle miguel mike milan mina miriam mirko mohamed mohammed monica monika moritz murat
mustafa nadia nadine nadja natalia natalie natascha nicholas nico nicola nicole niels niklas
nikolaus nils nina nora norbert norman olaf oleg olga oliver olivia omar oskar osman otto paola
patricia patrick patrizia paul paula pauline pavel pedro peggy peter petra philipp pia pierre
piotr priya rachel rainer ralf ralph ramona raphael rebecca regina reiner reinhard renate rené
ricarda richard rita robert roberto robin roger roland rolf roman ronald ronny rosa rosemarie
rudolf ruth ryan rüdiger sabine sabrina sally sam samira samuel sandra sandy sara sarah sascha
sebastian selin selina serkan sibylle siegfried sigrid silke silvia simon simona simone sina
sofia sonja sophia sophie stefan stefanie steffen steffi stella stephan stephanie stephen steve
steven susan susann susanne sven svenja svetlana sylvia tamara tanja tatjana teresa theo theresa
thomas thorsten till tilman tim timo tina tobias tom tomasz torben torsten udo ulf uli ulrich
ulrike ursula ute uwe vanessa vera verena veronika victor viktor viktoria vincent volker walter
waltraud werner wiebke wilfried wilhelm william wolfgang wolfram xenia yasemin yasmin yusuf
yvonne zeynep zoe
"""
)
"""Frequent first names, so that "Trainer Thomas" is a person and "Trainer Praxis" is not."""

SURNAMES = _words(
    """
albrecht alt anderson arnold baker bauer baumann beck becker berger bergmann brandt braun brown
brunner busch böhm clark collins davis demir dietrich edwards egger engel evans ferrari fischer
frank franke frei freitag freund friedrich früh fuchs garcia gerber graf green groß gruber gut
günther haas hahn hall hartmann heinrich herrmann hoffmann hofmann horn horvat huber ivanov
johnson jones jung jäger kaiser kaya keller kelly klein koch kowalski kraus krause krämer krüger
kuhn kurz köhler könig kühn lang lange lehmann lob lorenz ludwig mai maier martin martinez mayer
meier meister meyer miller moser murphy möller müller neu neumann nguyen novak nowak otto peters
pfeiffer pohl popescu richter rossi roth sauer schmid schmidt schmitt schmitz schneider scholz
schreiber schröder schubert schulte schulz schulze schumacher schuster schwarz schäfer seidel
simon smith sommer sonntag stark stein steiner taylor thomas vogel vogt voigt wagner walker
walter weber weiß werner williams wilson wimmer winkler winter wolf wolff wright wójcik yildiz
yilmaz ziegler zimmermann öztürk
"""
)
"""Frequent surnames, for text without capitals: "frau müller war nett"."""

NOUN_ENDINGS = (
    "ungen",
    "heit",
    "heiten",
    "keit",
    "keiten",
    "schaft",
    "schaften",
    "tion",
    "tionen",
    "ität",
    "ismus",
    "kompetenz",
    "kenntnisse",
    "übung",
    "wissen",
    "training",
    "seminar",
    "schulung",
    "unterlagen",
    "beispiele",
    "beispiel",
    "aufgaben",
    "fragen",
    "themen",
    "inhalte",
    "gruppe",
    "gruppen",
    "leiter",
    "leiterin",
    "stil",
    "weise",
    "phase",
    "zeit",
    "zeiten",
    "raum",
    "kurs",
    "kurse",
    "teile",
    "bezug",
    "material",
    "methoden",
    "ment",
    "ness",
    "ance",
)
"""Endings of nouns that are no surnames; "ung" needs a longer word ("Jung", "Hartung")."""

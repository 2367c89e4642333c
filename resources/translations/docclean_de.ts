<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About docclean</source>
        <translation>Über docclean</translation>
    </message>
    <message>
        <source>Licenses</source>
        <translation>Lizenzen</translation>
    </message>
    <message>
        <source>Cleans scanned pages on this computer; no page leaves it.</source>
        <translation>Reinigt gescannte Seiten auf diesem Computer; keine Seite verlässt ihn.</translation>
    </message>
    <message>
        <source>&amp;Copy facts for a bug report</source>
        <translation>Angaben für Fehlerbericht &amp;kopieren</translation>
    </message>
    <message>
        <source>Open &amp;log folder</source>
        <translation>&amp;Protokollordner öffnen</translation>
    </message>
    <message>
        <source>docclean is free software under the &lt;a href='https://www.apache.org/licenses/LICENSE-2.0'&gt;Apache License 2.0&lt;/a&gt;. It comes without any warranty.</source>
        <translation>docclean ist freie Software unter der &lt;a href='https://www.apache.org/licenses/LICENSE-2.0'&gt;Apache License 2.0&lt;/a&gt;, ohne jede Gewährleistung.</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>None is installed.</source>
        <translation>Keines ist installiert.</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Qt and Qt for Python (PySide6) are used under the &lt;a href='https://www.gnu.org/licenses/lgpl-3.0'&gt;GNU Lesser General Public License, version 3&lt;/a&gt;. Their libraries are separate files that you may replace; their source is at &lt;a href='https://download.qt.io/official_releases/'&gt;download.qt.io&lt;/a&gt;.</source>
        <translation>Qt und Qt for Python (PySide6) werden unter der &lt;a href='https://www.gnu.org/licenses/lgpl-3.0'&gt;GNU Lesser General Public License, Version 3&lt;/a&gt; verwendet. Ihre Bibliotheken sind eigene Dateien, die Sie ersetzen dürfen; ihr Quelltext liegt auf &lt;a href='https://download.qt.io/official_releases/'&gt;download.qt.io&lt;/a&gt;.</translation>
    </message>
    <message>
        <source>Libraries</source>
        <translation>Bibliotheken</translation>
    </message>
    <message>
        <source>The log is in %1</source>
        <translation>Das Protokoll liegt in %1</translation>
    </message>
</context>
<context>
    <name>Actions</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Pages</source>
        <translation>&amp;Seiten</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>&amp;Extras</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Add files…</source>
        <translation>Dateien &amp;hinzufügen…</translation>
    </message>
    <message>
        <source>Add scans: PDF, multi-page TIFF, and images.</source>
        <translation>Scans hinzufügen: PDF, mehrseitige TIFF und Bilder.</translation>
    </message>
    <message>
        <source>Add &amp;folder…</source>
        <translation>&amp;Ordner hinzufügen…</translation>
    </message>
    <message>
        <source>Add a folder and those in it.</source>
        <translation>Einen Ordner mit seinen Unterordnern hinzufügen.</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>&amp;Einfügen</translation>
    </message>
    <message>
        <source>Add files or a picture from the clipboard.</source>
        <translation>Dateien oder ein Bild aus der Zwischenablage hinzufügen.</translation>
    </message>
    <message>
        <source>&amp;Save all</source>
        <translation>&amp;Alle speichern</translation>
    </message>
    <message>
        <source>Save s&amp;elected</source>
        <translation>Aus&amp;gewählte speichern</translation>
    </message>
    <message>
        <source>Save pa&amp;ge as…</source>
        <translation>Seite speichern &amp;unter…</translation>
    </message>
    <message>
        <source>Save the page under a name of its own.</source>
        <translation>Die Seite unter einem eigenen Namen speichern.</translation>
    </message>
    <message>
        <source>Open the output f&amp;older</source>
        <translation>Ausgabeordner öff&amp;nen</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>&amp;Copy page</source>
        <translation>Seite &amp;kopieren</translation>
    </message>
    <message>
        <source>Copy the cleaned page.</source>
        <translation>Die gereinigte Seite kopieren.</translation>
    </message>
    <message>
        <source>Select &amp;all pages</source>
        <translation>&amp;Alle Seiten auswählen</translation>
    </message>
    <message>
        <source>Re&amp;move from the list</source>
        <translation>Aus der Liste &amp;entfernen</translation>
    </message>
    <message>
        <source>The files stay where they are.</source>
        <translation>Die Dateien bleiben, wo sie sind.</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>E&amp;instellungen…</translation>
    </message>
    <message>
        <source>&amp;Clean all pages</source>
        <translation>Alle Seiten &amp;reinigen</translation>
    </message>
    <message>
        <source>Clean s&amp;elected pages again</source>
        <translation>Aus&amp;gewählte Seiten erneut reinigen</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pause</translation>
    </message>
    <message>
        <source>Hold between two tiles.</source>
        <translation>Hält zwischen zwei Kacheln an.</translation>
    </message>
    <message>
        <source>S&amp;kip this page</source>
        <translation>Seite über&amp;springen</translation>
    </message>
    <message>
        <source>Leave selected pages out of this run.</source>
        <translation>Ausgewählte Seiten in diesem Durchlauf auslassen.</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>S&amp;toppen</translation>
    </message>
    <message>
        <source>Stop at once; what is done stays.</source>
        <translation>Sofort stoppen; was fertig ist, bleibt.</translation>
    </message>
    <message>
        <source>&amp;Try failed pages again</source>
        <translation>&amp;Fehlgeschlagene noch einmal versuchen</translation>
    </message>
    <message>
        <source>Next page to &amp;look at</source>
        <translation>Nä&amp;chste zu prüfende Seite</translation>
    </message>
    <message>
        <source>Keep &amp;only pages…</source>
        <translation>Nur Seiten &amp;behalten …</translation>
    </message>
    <message>
        <source>Choose them by number.</source>
        <translation>Nach Nummern wählen.</translation>
    </message>
    <message>
        <source>&amp;Draw and clean pages that are no scans</source>
        <translation>Seiten, die keine Scans sind, &amp;zeichnen und reinigen</translation>
    </message>
    <message>
        <source>In the selected PDF documents; they are left alone otherwise.</source>
        <translation>In den ausgewählten PDF-Dokumenten; sonst bleiben sie, wie sie sind.</translation>
    </message>
    <message>
        <source>Leave pages that are no scans &amp;alone</source>
        <translation>Seiten, die keine Scans sind, &amp;lassen, wie sie sind</translation>
    </message>
    <message>
        <source>In the selected PDF documents.</source>
        <translation>In den ausgewählten PDF-Dokumenten.</translation>
    </message>
    <message>
        <source>Pre&amp;vious page</source>
        <translation>&amp;Vorige Seite</translation>
    </message>
    <message>
        <source>&amp;Next page</source>
        <translation>&amp;Nächste Seite</translation>
    </message>
    <message>
        <source>&amp;Split</source>
        <translation>&amp;Geteilt</translation>
    </message>
    <message>
        <source>Side &amp;by side</source>
        <translation>&amp;Nebeneinander</translation>
    </message>
    <message>
        <source>&amp;Result</source>
        <translation>&amp;Ergebnis</translation>
    </message>
    <message>
        <source>&amp;Original</source>
        <translation>&amp;Original</translation>
    </message>
    <message>
        <source>&amp;Changes</source>
        <translation>Än&amp;derungen</translation>
    </message>
    <message>
        <source>Color what cleaning changed.</source>
        <translation>Einfärben, was beim Reinigen geändert wurde.</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Verg&amp;rößern</translation>
    </message>
    <message>
        <source>Zoom o&amp;ut</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>&amp;Fit</source>
        <translation>Ein&amp;passen</translation>
    </message>
    <message>
        <source>&amp;100 %</source>
        <translation>&amp;100 %</translation>
    </message>
    <message>
        <source>&amp;200 %</source>
        <translation>&amp;200 %</translation>
    </message>
    <message>
        <source>&amp;Live preview</source>
        <translation>&amp;Live-Vorschau</translation>
    </message>
    <message>
        <source>&amp;Batch: folder to folder…</source>
        <translation>&amp;Stapel: Ordner zu Ordner…</translation>
    </message>
    <message>
        <source>&amp;Compare models on this page…</source>
        <translation>Modelle auf dieser Seite &amp;vergleichen…</translation>
    </message>
    <message>
        <source>&amp;Models…</source>
        <translation>&amp;Modelle…</translation>
    </message>
    <message>
        <source>&amp;Teach a model my pages…</source>
        <translation>Ein Modell meine Seiten &amp;lehren…</translation>
    </message>
    <message>
        <source>Fine-tune a model.</source>
        <translation>Ein Modell nachtrainieren.</translation>
    </message>
    <message>
        <source>Open the &amp;log folder</source>
        <translation>&amp;Protokollordner öffnen</translation>
    </message>
    <message>
        <source>&amp;About docclean</source>
        <translation>Ü&amp;ber docclean</translation>
    </message>
    <message>
        <source>Add scans: images and multi-page TIFF.</source>
        <translation type="vanished">Scans hinzufügen: Bilder und mehrseitige TIFF-Dateien.</translation>
    </message>
</context>
<context>
    <name>Application</name>
    <message>
        <source>docclean ended unexpectedly the last time. Copy the details for a report; the list of pages is kept.</source>
        <translation>docclean wurde beim letzten Mal unerwartet beendet. Kopieren Sie die Details für einen Bericht; die Liste der Seiten ist erhalten.</translation>
    </message>
</context>
<context>
    <name>BackgroundWork</name>
    <message>
        <source>This failed because of a fault of the program; see its log file.</source>
        <translation>Das ist an einem Programmfehler gescheitert; siehe Protokolldatei.</translation>
    </message>
</context>
<context>
    <name>BatchDialog</name>
    <message>
        <source>Clean a folder</source>
        <translation>Ordner reinigen</translation>
    </message>
    <message>
        <source>Every page of one folder goes, cleaned, into the other. Originals are never changed.</source>
        <translation>Jede Seite des einen Ordners kommt gereinigt in den anderen. Originale werden nie verändert.</translation>
    </message>
    <message>
        <source>Progress of the batch</source>
        <translation>Fortschritt des Stapels</translation>
    </message>
    <message>
        <source>Report of the batch</source>
        <translation>Bericht über den Stapel</translation>
    </message>
    <message>
        <source>Save &amp;report…</source>
        <translation>&amp;Bericht speichern…</translation>
    </message>
    <message>
        <source>Open &amp;folder</source>
        <translation>&amp;Ordner öffnen</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pause</translation>
    </message>
    <message>
        <source>S&amp;top</source>
        <translation>S&amp;toppen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Replace results in “{folder}”?</source>
        <translation>Ergebnisse in „{folder}“ ersetzen?</translation>
    </message>
    <message>
        <source>Files there that have the names of results are replaced. This cannot be undone.</source>
        <translation>Dateien dort, die wie Ergebnisse heißen, werden ersetzt. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>Holds the pages of the main window, too.</source>
        <translation>Hält auch die Seiten des Hauptfensters an.</translation>
    </message>
    <message>
        <source>Looking for pages… {found}</source>
        <translation>Seiten werden gesucht … {found}</translation>
    </message>
    <message>
        <source>{done} of {pages}</source>
        <translation>{done} von {pages}</translation>
    </message>
    <message>
        <source>{n} failed</source>
        <translation>{n} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{pages} had a result already</source>
        <translation>{pages} schon mit Ergebnis</translation>
    </message>
    <message>
        <source>{rate} pages/min</source>
        <translation>{rate} Seiten/min</translation>
    </message>
    <message>
        <source>held</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation>wird gestoppt …</translation>
    </message>
    <message>
        <source>waits for the training</source>
        <translation>wartet auf das Training</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>noch {time}</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Reports (*.json)</source>
        <translation>Berichte (*.json)</translation>
    </message>
</context>
<context>
    <name>BatchForm</name>
    <message>
        <source>Folder with pages</source>
        <translation>Ordner mit Seiten</translation>
    </message>
    <message>
        <source>Folder for results</source>
        <translation>Ordner für Ergebnisse</translation>
    </message>
    <message>
        <source>Include &amp;subfolders</source>
        <translation>&amp;Unterordner einbeziehen</translation>
    </message>
    <message>
        <source>S&amp;kip what is already done</source>
        <translation>Erledigte übe&amp;rspringen</translation>
    </message>
    <message>
        <source>Pages that were cleaned before, in the same way and from the same file, are left out.</source>
        <translation>Seiten, die aus derselben Datei schon genauso gereinigt wurden, werden ausgelassen.</translation>
    </message>
    <message>
        <source>&amp;Overwrite existing results</source>
        <translation>Vorhandene Ergebnisse &amp;ersetzen</translation>
    </message>
    <message>
        <source>Files that no earlier run wrote, or that were changed since, are replaced. Originals never are.</source>
        <translation>Dateien, die kein früherer Durchlauf geschrieben hat oder die seither geändert wurden, werden ersetzt, Originale nie.</translation>
    </message>
    <message>
        <source>As the original</source>
        <translation>Wie das Original</translation>
    </message>
    <message>
        <source>&amp;Draw and clean PDF pages that are no scans</source>
        <translation>PDF-Seiten, die keine Scans sind, &amp;zeichnen und reinigen</translation>
    </message>
    <message>
        <source>Such pages are left alone otherwise.</source>
        <translation>Sonst bleiben solche Seiten, wie sie sind.</translation>
    </message>
    <message>
        <source>Choose the folder with the pages.</source>
        <translation>Wählen Sie den Ordner mit den Seiten.</translation>
    </message>
    <message>
        <source>Choose a folder for the results.</source>
        <translation>Wählen Sie einen Ordner für die Ergebnisse.</translation>
    </message>
    <message>
        <source>Choose what to do with the pages.</source>
        <translation>Wählen Sie, was mit den Seiten geschehen soll.</translation>
    </message>
    <message>
        <source>&amp;From:</source>
        <translation>&amp;Von:</translation>
    </message>
    <message>
        <source>&amp;To:</source>
        <translation>&amp;Nach:</translation>
    </message>
    <message>
        <source>For&amp;mat:</source>
        <translation>For&amp;mat:</translation>
    </message>
    <message>
        <source>&amp;Color:</source>
        <translation>&amp;Farbe:</translation>
    </message>
    <message>
        <source>Do:</source>
        <translation>Aufgabe:</translation>
    </message>
</context>
<context>
    <name>BatchPlan</name>
    <message>
        <source>was not found; check the name, or the drive it is on.</source>
        <translation>wurde nicht gefunden; prüfen Sie den Namen oder das Laufwerk.</translation>
    </message>
    <message>
        <source>{file}: is a file; choose the folder that it lies in.</source>
        <translation>{file}: ist eine Datei; wählen Sie den Ordner, in dem sie liegt.</translation>
    </message>
</context>
<context>
    <name>BatchRecipe</name>
    <message>
        <source>No model is installed; import one under Models.</source>
        <translation>Kein Modell ist installiert; importieren Sie eines unter „Modelle“.</translation>
    </message>
</context>
<context>
    <name>BatchReport</name>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>look at it</source>
        <translation>prüfen</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>ausgelassen</translation>
    </message>
    <message>
        <source>has its result already.</source>
        <translation>hat schon ein Ergebnis.</translation>
    </message>
    <message>
        <source>Nothing to do: {pages} had a result already.</source>
        <translation>Nichts zu tun: {pages} schon mit Ergebnis.</translation>
    </message>
    <message>
        <source>{pages} done</source>
        <translation>{pages} fertig</translation>
    </message>
    <message>
        <source>{pages} failed</source>
        <translation>{pages} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{pages} not cleaned because you stopped</source>
        <translation>{pages} nicht gereinigt, weil Sie gestoppt haben</translation>
    </message>
    <message>
        <source>{pages} had a result already</source>
        <translation>{pages} schon mit Ergebnis</translation>
    </message>
    <message>
        <source>left out what is no page: {n}</source>
        <translation>ausgelassen, weil keine Seite: {n}</translation>
    </message>
</context>
<context>
    <name>BusyRing</name>
    <message>
        <source>Working</source>
        <translation>In Arbeit</translation>
    </message>
</context>
<context>
    <name>CompareModelsDialog</name>
    <message>
        <source>Compare models</source>
        <translation>Modelle vergleichen</translation>
    </message>
    <message>
        <source>What the models are for</source>
        <translation>Wofür die Modelle sind</translation>
    </message>
    <message>
        <source>&amp;Models for:</source>
        <translation>&amp;Modelle für:</translation>
    </message>
    <message>
        <source>{name} at 100 %. Drag one picture, and all move.</source>
        <translation>{name} bei 100 %. Ziehen Sie ein Bild, und alle bewegen sich.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>before</source>
        <translation>vorher</translation>
    </message>
    <message>
        <source>Not cleaned yet</source>
        <translation>Noch nicht gereinigt</translation>
    </message>
    <message>
        <source>darker than before</source>
        <translation>dunkler als vorher</translation>
    </message>
    <message>
        <source>lighter than before</source>
        <translation>heller als vorher</translation>
    </message>
    <message>
        <source>preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>after</source>
        <translation>nachher</translation>
    </message>
    <message>
        <source>Page before and after</source>
        <translation>Seite vorher und nachher</translation>
    </message>
</context>
<context>
    <name>CurveView</name>
    <message>
        <source>Training loss and error on held-out pages over the steps</source>
        <translation>Trainingsverlust und Fehler auf zurückgehaltenen Seiten über die Schritte</translation>
    </message>
    <message>
        <source>The error on held-out pages is measured now and then; the first time before training.</source>
        <translation>Der Fehler auf zurückgehaltenen Seiten wird ab und zu gemessen, zum ersten Mal vor dem Training.</translation>
    </message>
    <message>
        <source>Error on held-out pages before training: {error}. Nothing was better yet.</source>
        <translation>Fehler auf zurückgehaltenen Seiten vor dem Training: {error}. Besser war bisher nichts.</translation>
    </message>
    <message>
        <source>Error on held-out pages: {error} at step {step}, before training {base}.</source>
        <translation>Fehler auf zurückgehaltenen Seiten: {error} bei Schritt {step}, vor dem Training {base}.</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>training loss</source>
        <translation>Trainingsverlust</translation>
    </message>
    <message>
        <source>error on held-out pages</source>
        <translation>Fehler auf zurückgehaltenen Seiten</translation>
    </message>
    <message>
        <source>best</source>
        <translation>bester</translation>
    </message>
    <message>
        <source>before training</source>
        <translation>vor dem Training</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>Pages are being cleaned</source>
        <translation>Seiten werden gereinigt</translation>
    </message>
</context>
<context>
    <name>EmptyPage</name>
    <message>
        <source>Drop scans or folders here</source>
        <translation>Scans oder Ordner hier ablegen</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>Dateien hinzufügen…</translation>
    </message>
    <message>
        <source>Try a sample page</source>
        <translation>Mit Beispielseiten ausprobieren</translation>
    </message>
</context>
<context>
    <name>EngineWorker</name>
    <message>
        <source>{file}: does not fit into memory; close other programs.</source>
        <translation>{file}: passt nicht in den Arbeitsspeicher; schließen Sie andere Programme.</translation>
    </message>
    <message>
        <source>{file}: cannot be shown here because of a fault of the program; see its log.</source>
        <translation>{file}: lässt sich hier wegen eines Programmfehlers nicht anzeigen; siehe Protokoll.</translation>
    </message>
    <message>
        <source>The engine cannot start because of a fault of the program; see its log, and try another device.</source>
        <translation>Das Reinigen kann wegen eines Programmfehlers nicht beginnen; siehe Protokoll, und versuchen Sie ein anderes Gerät.</translation>
    </message>
</context>
<context>
    <name>ErrorDialog</name>
    <message>
        <source>Something went wrong</source>
        <translation>Etwas ist schiefgegangen</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message numerus="yes">
        <source>It went wrong %n times.</source>
        <translation>
            <numerusform>Es ist %n-mal schiefgegangen.</numerusform>
            <numerusform>Es ist %n-mal schiefgegangen.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>Details &amp;kopieren</translation>
    </message>
    <message>
        <source>Open &amp;log folder</source>
        <translation>&amp;Protokollordner öffnen</translation>
    </message>
    <message>
        <source>The log is in %1</source>
        <translation>Das Protokoll liegt in %1</translation>
    </message>
</context>
<context>
    <name>ExceptionHook</name>
    <message>
        <source>There is not enough memory; close other programs, or clean fewer pages at a time.</source>
        <translation>Der Arbeitsspeicher reicht nicht; schließen Sie andere Programme, oder reinigen Sie weniger Seiten auf einmal.</translation>
    </message>
    <message>
        <source>Something in docclean itself went wrong; your scans are not changed. Save your results and start docclean again. If it comes back, copy the details into a bug report.</source>
        <translation>In docclean selbst ist etwas schiefgegangen; Ihre Scans sind unverändert. Speichern Sie Ihre Ergebnisse, und starten Sie docclean neu. Tritt es wieder auf, kopieren Sie die Details in einen Fehlerbericht.</translation>
    </message>
</context>
<context>
    <name>ExpertOptions</name>
    <message>
        <source>The default ({name})</source>
        <translation>Der Standard ({name})</translation>
    </message>
    <message>
        <source>Chosen by the number of pages</source>
        <translation>Nach der Zahl der Seiten</translation>
    </message>
    <message>
        <source>Small adapters only</source>
        <translation>Nur kleine Adapter</translation>
    </message>
    <message>
        <source>The decoder</source>
        <translation>Der Decoder</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Sparse (L1)</source>
        <translation>Sparsam (L1)</translation>
    </message>
    <message>
        <source>Sparse (KL divergence)</source>
        <translation>Sparsam (KL-Divergenz)</translation>
    </message>
    <message>
        <source>Contractive</source>
        <translation>Kontraktiv</translation>
    </message>
    <message>
        <source>as fits the weights</source>
        <translation>passend zu den Gewichten</translation>
    </message>
    <message>
        <source>Start from:</source>
        <translation>Ausgehen von:</translation>
    </message>
    <message>
        <source>Train:</source>
        <translation>Trainieren:</translation>
    </message>
    <message>
        <source>Penalty:</source>
        <translation>Strafterm:</translation>
    </message>
    <message>
        <source>Its weight:</source>
        <translation>Sein Gewicht:</translation>
    </message>
    <message>
        <source>Learning rate:</source>
        <translation>Lernrate:</translation>
    </message>
    <message>
        <source>Crops per step:</source>
        <translation>Ausschnitte je Schritt:</translation>
    </message>
    <message>
        <source>Crop, px:</source>
        <translation>Ausschnitt, px:</translation>
    </message>
    <message>
        <source>PDF pages, dpi:</source>
        <translation>PDF-Seiten, dpi:</translation>
    </message>
    <message>
        <source>Seed:</source>
        <translation>Startwert:</translation>
    </message>
    <message>
        <source>Features stay silent where they are not needed, so that each stands for one thing.</source>
        <translation>Merkmale schweigen, wo sie nicht gebraucht werden, sodass jedes für eines steht.</translation>
    </message>
    <message>
        <source>Every feature speaks seldom, so that none is always on and none is never used.</source>
        <translation>Jedes Merkmal spricht selten, sodass keines immer an ist und keines nie gebraucht wird.</translation>
    </message>
    <message>
        <source>A small change of the page changes the features little; a step takes twice as long.</source>
        <translation>Ändert sich die Seite wenig, ändern sich auch die Merkmale wenig; ein Schritt dauert doppelt so lang.</translation>
    </message>
    <message>
        <source>Nothing is held against the features; right for most pages.</source>
        <translation>Den Merkmalen wird nichts vorgehalten; das passt für die meisten Seiten.</translation>
    </message>
    <message>
        <source>A few added weights learn, the others stay: safest with few pages.</source>
        <translation>Wenige zusätzliche Gewichte lernen, die anderen bleiben: am sichersten bei wenigen Seiten.</translation>
    </message>
    <message>
        <source>The half that draws the clean page learns; what it sees stays as it was.</source>
        <translation>Die Hälfte, die die saubere Seite zeichnet, lernt; was sie sieht, bleibt, wie es war.</translation>
    </message>
    <message>
        <source>All weights learn: the most can be gained, and the most forgotten.</source>
        <translation>Alle Gewichte lernen: Es lässt sich am meisten gewinnen und am meisten vergessen.</translation>
    </message>
    <message>
        <source>Adapters on few pages, everything on many.</source>
        <translation>Adapter bei wenigen Seiten, alles bei vielen.</translation>
    </message>
</context>
<context>
    <name>FinetuneButtons</name>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>&amp;Weiter</translation>
    </message>
    <message>
        <source>&amp;Use by default</source>
        <translation>Als Standard &amp;verwenden</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>&amp;Pause</translation>
    </message>
    <message>
        <source>Stop and &amp;keep the best</source>
        <translation>Beenden und das &amp;Beste behalten</translation>
    </message>
    <message>
        <source>Ends the learning now; the best state so far is judged and becomes the model.</source>
        <translation>Beendet das Lernen jetzt; der bisher beste Stand wird geprüft und wird das Modell.</translation>
    </message>
    <message>
        <source>S&amp;top</source>
        <translation>S&amp;toppen</translation>
    </message>
    <message>
        <source>What was learned is saved, and you can go on with it later.</source>
        <translation>Das Gelernte wird gespeichert, und Sie können später damit weitermachen.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Teach &amp;another</source>
        <translation>Noch &amp;eines lehren</translation>
    </message>
    <message>
        <source>&amp;Back to the pages</source>
        <translation>&amp;Zurück zu den Seiten</translation>
    </message>
    <message>
        <source>Back to “{name}”</source>
        <translation>Zurück zu „{name}“</translation>
    </message>
</context>
<context>
    <name>FinetuneDialog</name>
    <message>
        <source>Teach a model my pages</source>
        <translation>Ein Modell meine Seiten lehren</translation>
    </message>
    <message>
        <source>Pages that you clean meanwhile wait until the training is over or stopped; saving does not.</source>
        <translation>Seiten, die Sie inzwischen reinigen, warten, bis das Training vorbei oder gestoppt ist; das Speichern wartet nicht.</translation>
    </message>
    <message>
        <source>Discard the run “{name}”?</source>
        <translation>Den Lauf „{name}“ verwerfen?</translation>
    </message>
    <message>
        <source>What it has learned is deleted. This cannot be undone; your pages are not touched.</source>
        <translation>Was er gelernt hat, wird gelöscht. Das lässt sich nicht rückgängig machen; Ihre Seiten bleiben unberührt.</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Two pages at least are needed: one to learn from, one to check with.</source>
        <translation>Mindestens zwei Seiten werden gebraucht: eine zum Lernen, eine zum Prüfen.</translation>
    </message>
    <message>
        <source>Learning takes {time}.</source>
        <translation>Das Lernen dauert {time}.</translation>
    </message>
    <message>
        <source>Reading the pages before it takes about {time}.</source>
        <translation>Das Lesen der Seiten davor dauert etwa {time}.</translation>
    </message>
    <message>
        <source>Judging after it takes {time} or more.</source>
        <translation>Das Prüfen danach dauert {time} oder länger.</translation>
    </message>
    <message>
        <source>Judging comes after it.</source>
        <translation>Danach wird geprüft.</translation>
    </message>
    <message>
        <source>It is among your models, where it can be tried or removed; the default stays as it is.</source>
        <translation>Es liegt bei Ihren Modellen, wo Sie es ausprobieren oder entfernen können; der Standard bleibt, wie er ist.</translation>
    </message>
    <message>
        <source>It is used now wherever no other model is chosen.</source>
        <translation>Es wird jetzt überall verwendet, wo kein anderes Modell gewählt ist.</translation>
    </message>
    <message>
        <source>It is among your models. Nothing else changes before you want it.</source>
        <translation>Es liegt bei Ihren Modellen. Sonst ändert sich nichts, bevor Sie es wollen.</translation>
    </message>
</context>
<context>
    <name>FinetuneForm</name>
    <message>
        <source>&amp;Pairs: dirty pages and their clean twins</source>
        <translation>&amp;Paare: schmutzige Seiten und ihre sauberen Zwillinge</translation>
    </message>
    <message>
        <source>No clean twins: &amp;teach it my paper</source>
        <translation>Keine sauberen Zwillinge: mein Papier &amp;lehren</translation>
    </message>
    <message>
        <source>Two &amp;scans of each sheet</source>
        <translation>Zwei &amp;Scans von jedem Blatt</translation>
    </message>
    <message>
        <source>&amp;Name of the new model:</source>
        <translation>&amp;Name des neuen Modells:</translation>
    </message>
    <message>
        <source>&amp;Learn for:</source>
        <translation>&amp;Lernen für:</translation>
    </message>
    <message>
        <source>For e&amp;xperts</source>
        <translation>Für E&amp;xperten</translation>
    </message>
    <message>
        <source>The name may have at most {n} characters.</source>
        <translation>Der Name darf höchstens {n} Zeichen haben.</translation>
    </message>
    <message>
        <source>Some systems cannot have a folder of this name; type another one.</source>
        <translation>Manche Systeme können keinen Ordner dieses Namens haben; geben Sie einen anderen ein.</translation>
    </message>
    <message>
        <source>The name may have small letters a to z, digits, dots, hyphens and underscores, no blanks.</source>
        <translation>Der Name darf kleine Buchstaben a bis z, Ziffern, Punkte, Binde- und Unterstriche haben, keine Leerzeichen.</translation>
    </message>
    <message>
        <source>A model of this name exists already; type another one.</source>
        <translation>Ein Modell dieses Namens gibt es schon; geben Sie einen anderen ein.</translation>
    </message>
</context>
<context>
    <name>FinetuneProgress</name>
    <message>
        <source>Progress of the training</source>
        <translation>Fortschritt des Trainings</translation>
    </message>
    <message>
        <source>As it came</source>
        <translation>Wie sie kam</translation>
    </message>
    <message>
        <source>As the model cleans it now</source>
        <translation>Wie das Modell sie jetzt reinigt</translation>
    </message>
    <message>
        <source>As it should be</source>
        <translation>Wie sie sein soll</translation>
    </message>
    <message>
        <source>A held-out page will be shown here.</source>
        <translation>Hier wird eine zurückgehaltene Seite gezeigt.</translation>
    </message>
    <message>
        <source>{page}, held out, after step {step}</source>
        <translation>{page}, zurückgehalten, nach Schritt {step}</translation>
    </message>
    <message>
        <source>Begins when the pages that are being cleaned are done…</source>
        <translation>Beginnt, wenn die Seiten fertig sind, die gerade gereinigt werden…</translation>
    </message>
    <message>
        <source>Stopped; what was learned is saved, and the run can be gone on with.</source>
        <translation>Gestoppt; das Gelernte ist gespeichert, und der Lauf kann weitergehen.</translation>
    </message>
    <message>
        <source>The training ended before there was a model.</source>
        <translation>Das Training endete, bevor es ein Modell gab.</translation>
    </message>
    <message>
        <source>step {step} of {steps}</source>
        <translation>Schritt {step} von {steps}</translation>
    </message>
    <message>
        <source>held</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>stopping; what was learned is saved…</source>
        <translation>stoppt; das Gelernte wird gespeichert…</translation>
    </message>
    <message>
        <source>the best state is taken…</source>
        <translation>der beste Stand wird genommen…</translation>
    </message>
    <message>
        <source>{time} of training left</source>
        <translation>noch {time} Training</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Beginnt…</translation>
    </message>
    <message>
        <source>Reading pages</source>
        <translation>Seiten werden gelesen</translation>
    </message>
    <message>
        <source>Laying pages over their twins</source>
        <translation>Seiten werden über ihre Zwillinge gelegt</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Vorbereitung</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>Lernt</translation>
    </message>
    <message>
        <source>Judging the new model</source>
        <translation>Das neue Modell wird geprüft</translation>
    </message>
    <message>
        <source>{what}, {done} of {total}</source>
        <translation>{what}, {done} von {total}</translation>
    </message>
</context>
<context>
    <name>FoldSection</name>
    <message>
        <source>folded</source>
        <translation type="vanished">zugeklappt</translation>
    </message>
    <message>
        <source>unfolded</source>
        <translation type="vanished">aufgeklappt</translation>
    </message>
</context>
<context>
    <name>FolderField</name>
    <message>
        <source>Type, choose or drop a file</source>
        <translation>Datei eintippen, wählen oder hierher ziehen</translation>
    </message>
    <message>
        <source>Type, choose or drop a folder</source>
        <translation>Ordner eingeben, wählen oder ablegen</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen…</translation>
    </message>
    <message>
        <source>Choose: {title}</source>
        <translation>Wählen: {title}</translation>
    </message>
</context>
<context>
    <name>GeometrySwitches</name>
    <message>
        <source>Straighten</source>
        <translation>Gerade richten</translation>
    </message>
    <message>
        <source>Turns the page until its lines are level, by up to 10 degrees. The page keeps its size.</source>
        <translation>Dreht die Seite um bis zu 10 Grad, bis ihre Zeilen waagerecht liegen. Die Größe der Seite bleibt.</translation>
    </message>
    <message>
        <source>Remove dark borders</source>
        <translation>Dunkle Ränder entfernen</translation>
    </message>
    <message>
        <source>Paints paper over dark rims that touch the edge of the page. Pictures and covers stay.</source>
        <translation>Übermalt dunkle Ränder an den Kanten der Seite mit Papier. Bilder und Umschläge bleiben.</translation>
    </message>
    <message>
        <source>Remove punch holes</source>
        <translation>Lochung entfernen</translation>
    </message>
    <message>
        <source>Paints paper over the holes of a punch. One round spot alone is no hole and stays.</source>
        <translation>Übermalt die Löcher eines Lochers mit Papier. Ein einzelner runder Fleck ist kein Loch und bleibt.</translation>
    </message>
    <message>
        <source>Crop to the contents</source>
        <translation>Auf den Inhalt zuschneiden</translation>
    </message>
    <message>
        <source>Cuts off empty paper and dark borders, but for 4 mm. Whatever is on the page stays.</source>
        <translation>Schneidet leeres Papier und dunkle Ränder bis auf 4 mm ab. Alles, was auf der Seite steht, bleibt.</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>A model is being trained. Stop and close?</source>
        <translation>Ein Modell wird gerade trainiert. Stoppen und schließen?</translation>
    </message>
    <message>
        <source>What it has learned is saved; “Teach a model my pages” in the menu goes on with it.</source>
        <translation>Was es gelernt hat, wird gespeichert; „Ein Modell meine Seiten lehren“ im Menü macht damit weiter.</translation>
    </message>
    <message>
        <source>Pages that wait for its end stay in the list.</source>
        <translation>Seiten, die auf sein Ende warten, bleiben in der Liste.</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>Stoppen und schließen</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Weitermachen</translation>
    </message>
    <message>
        <source>Pages are being cleaned or saved. Stop and close?</source>
        <translation>Seiten werden gerade gereinigt oder gespeichert. Stoppen und schließen?</translation>
    </message>
    <message>
        <source>{0} of {1} pages are cleaned. Stop and close?</source>
        <translation>{0} von {1} Seiten sind gereinigt. Stoppen und schließen?</translation>
    </message>
    <message>
        <source>The list is kept; the next start offers what is left.</source>
        <translation>Die Liste bleibt erhalten; der nächste Start bietet an, was übrig ist.</translation>
    </message>
    <message>
        <source>What has not been saved is lost, because the settings say that the list is not kept.</source>
        <translation>Was nicht gespeichert ist, geht verloren, weil die Liste laut Einstellungen nicht aufbewahrt wird.</translation>
    </message>
    <message>
        <source>Cleaned pages that are not saved, and will be lost: {0}.</source>
        <translation>Gereinigte Seiten, die nicht gespeichert sind und verloren gehen: {0}.</translation>
    </message>
    <message>
        <source>Close without saving</source>
        <translation>Schließen, ohne zu speichern</translation>
    </message>
    <message>
        <source>Go back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>The pages of the last time are back.</source>
        <translation>Die Seiten vom letzten Mal sind wieder da.</translation>
    </message>
    <message>
        <source>Only files of this computer can be dropped; save the picture first, then drop it.</source>
        <translation>Nur Dateien dieses Computers lassen sich ablegen; speichern Sie das Bild zuerst.</translation>
    </message>
    <message>
        <source>What is being done does not stop yet; please wait a moment and close again.</source>
        <translation>Die laufende Arbeit stoppt noch nicht; bitte warten Sie kurz, und schließen Sie noch einmal.</translation>
    </message>
    <message>
        <source>{0} pages have these settings now.</source>
        <translation>{0} Seiten haben jetzt diese Einstellungen.</translation>
    </message>
    <message>
        <source>The page in work does not stop; please wait a moment and close again.</source>
        <translation type="vanished">Die laufende Seite stoppt nicht; bitte warten Sie kurz, und schließen Sie noch einmal.</translation>
    </message>
</context>
<context>
    <name>ModelCard</name>
    <message>
        <source>About this model</source>
        <translation>Über dieses Modell</translation>
    </message>
    <message>
        <source>came with docclean</source>
        <translation>mit docclean geliefert</translation>
    </message>
    <message>
        <source>your own</source>
        <translation>eigenes</translation>
    </message>
    <message>
        <source>default</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>not recommended</source>
        <translation>nicht empfohlen</translation>
    </message>
    <message>
        <source>What it is for</source>
        <translation>Wofür es gut ist</translation>
    </message>
    <message>
        <source>What it is bad at</source>
        <translation>Grenzen</translation>
    </message>
    <message>
        <source>Trained on</source>
        <translation>Trainiert mit</translation>
    </message>
    <message>
        <source>Compared with {parent}</source>
        <translation>Im Vergleich mit {parent}</translation>
    </message>
    <message>
        <source>damaged, and left out</source>
        <translation>beschädigt und ausgelassen</translation>
    </message>
    <message>
        <source>What is wrong</source>
        <translation>Was nicht stimmt</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>License</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Made from</source>
        <translation>Hervorgegangen aus</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>Kennung</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Facts</source>
        <translation>Angaben</translation>
    </message>
    <message>
        <source>before</source>
        <translation>vorher</translation>
    </message>
    <message>
        <source>after</source>
        <translation>nachher</translation>
    </message>
    <message>
        <source>its parent</source>
        <translation>Vorgänger</translation>
    </message>
    <message>
        <source>this model</source>
        <translation>dieses Modell</translation>
    </message>
    <message>
        <source>pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>Difference from the clean page (0 to 1, less is better)</source>
        <translation>Abweichung von der sauberen Seite (0–1, weniger ist besser)</translation>
    </message>
    <message>
        <source>Signal to noise (dB, more is better)</source>
        <translation>Signal zu Rauschen (dB, mehr ist besser)</translation>
    </message>
    <message>
        <source>Likeness in structure (0 to 1, more is better)</source>
        <translation>Ähnlichkeit der Struktur (0–1, mehr ist besser)</translation>
    </message>
    <message>
        <source>Ink lost</source>
        <translation>Verlorene Tinte</translation>
    </message>
    <message>
        <source>Dirt taken for ink, against the ink there is</source>
        <translation>Für Tinte gehaltener Schmutz, gemessen an der Tinte</translation>
    </message>
    <message>
        <source>Dots and small marks kept</source>
        <translation>Erhaltene Punkte und kleine Zeichen</translation>
    </message>
    <message>
        <source>Difference in color (0 to 1, less is better)</source>
        <translation>Abweichung der Farbe (0–1, weniger ist besser)</translation>
    </message>
    <message>
        <source>Characters that a program reads wrongly</source>
        <translation>Von einem Programm falsch gelesene Zeichen</translation>
    </message>
    <message>
        <source>Difference made to clean pages (0 to 1, less is better)</source>
        <translation>Veränderung sauberer Seiten (0 bis 1, weniger ist besser)</translation>
    </message>
</context>
<context>
    <name>ModelList</name>
    <message>
        <source>Installed models</source>
        <translation>Installierte Modelle</translation>
    </message>
    <message>
        <source>Damaged</source>
        <translation>Beschädigt</translation>
    </message>
    <message>
        <source>cannot be used</source>
        <translation>nicht verwendbar</translation>
    </message>
    <message>
        <source>built in</source>
        <translation>mitgeliefert</translation>
    </message>
    <message>
        <source>your own</source>
        <translation>eigenes</translation>
    </message>
    <message>
        <source>default</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>not recommended</source>
        <translation>nicht empfohlen</translation>
    </message>
</context>
<context>
    <name>ModelPane</name>
    <message>
        <source>waiting…</source>
        <translation>wartet …</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>Dieses verwenden</translation>
    </message>
    <message>
        <source>Use {name}</source>
        <translation>{name} verwenden</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>working…</source>
        <translation>arbeitet …</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>In Gebrauch</translation>
    </message>
    <message>
        <source>The recipe of this page uses it already.</source>
        <translation>Diese Seite verwendet es schon.</translation>
    </message>
</context>
<context>
    <name>ModelsDialog</name>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>&amp;Import…</source>
        <translation>&amp;Importieren…</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>&amp;Exportieren…</translation>
    </message>
    <message>
        <source>Re&amp;name…</source>
        <translation>&amp;Umbenennen…</translation>
    </message>
    <message>
        <source>&amp;Remove…</source>
        <translation>Ent&amp;fernen…</translation>
    </message>
    <message>
        <source>Set as &amp;default</source>
        <translation>Als &amp;Standard</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>This model is damaged.</source>
        <translation>Dieses Modell ist beschädigt.</translation>
    </message>
    <message>
        <source>Came with docclean; such models stay as they are.</source>
        <translation>Wurde mit docclean geliefert; solche Modelle bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>This is the default already.</source>
        <translation>Das ist schon der Standard.</translation>
    </message>
    <message>
        <source>Choose a model first.</source>
        <translation>Wählen Sie zuerst ein Modell.</translation>
    </message>
    <message>
        <source>Wait until the file is done.</source>
        <translation>Warten Sie, bis die Datei fertig ist.</translation>
    </message>
    <message>
        <source>&amp;Back to “{name}”</source>
        <translation>&amp;Zurück zu „{name}“</translation>
    </message>
    <message>
        <source>Makes “{name}” the default again.</source>
        <translation>Macht „{name}“ wieder zum Standard.</translation>
    </message>
    <message>
        <source>Import a model</source>
        <translation>Modell importieren</translation>
    </message>
    <message>
        <source>Export a model</source>
        <translation>Modell exportieren</translation>
    </message>
    <message>
        <source>docclean models</source>
        <translation>docclean-Modelle</translation>
    </message>
    <message>
        <source>Importing {name}…</source>
        <translation>{name} wird importiert …</translation>
    </message>
    <message>
        <source>Exporting {name}…</source>
        <translation>{name} wird exportiert …</translation>
    </message>
    <message>
        <source>“{name}” is installed.</source>
        <translation>„{name}“ ist installiert.</translation>
    </message>
    <message>
        <source>The model is in {path}.</source>
        <translation>Das Modell liegt in {path}.</translation>
    </message>
    <message>
        <source>Rename a model</source>
        <translation>Modell umbenennen</translation>
    </message>
    <message>
        <source>New name:</source>
        <translation>Neuer Name:</translation>
    </message>
    <message>
        <source>Remove “{name}”?</source>
        <translation>„{name}“ entfernen?</translation>
    </message>
    <message>
        <source>Its files are deleted. This cannot be undone; export the model first if you may want it again.</source>
        <translation>Seine Dateien werden gelöscht. Das lässt sich nicht rückgängig machen; exportieren Sie das Modell zuerst, falls Sie es noch brauchen.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
</context>
<context>
    <name>OutputPanel</name>
    <message>
        <source>Into a folder</source>
        <translation>In einen Ordner</translation>
    </message>
    <message>
        <source>Replace the originals</source>
        <translation>Originale ersetzen</translation>
    </message>
    <message>
        <source>Format of the results</source>
        <translation>Format der Ergebnisse</translation>
    </message>
    <message>
        <source>Same as input</source>
        <translation>Wie das Original</translation>
    </message>
    <message>
        <source>asked for when you save</source>
        <translation>wird beim Speichern gefragt</translation>
    </message>
    <message>
        <source>Folder for the results</source>
        <translation>Ordner für die Ergebnisse</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>{stem} is the name of the original, {n} its number, {page} the page in its file.</source>
        <translation>{stem} ist der Name des Originals, {n} seine Nummer, {page} die Seite in der Datei.</translation>
    </message>
    <message>
        <source>Saving puts the results in the place of your originals. That cannot be undone.</source>
        <translation>Beim Speichern treten die Ergebnisse an die Stelle Ihrer Originale. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>About {0}, now {1}</source>
        <translation>Etwa {0}, jetzt {1}</translation>
    </message>
    <message>
        <source>1 page</source>
        <translation>1 Seite</translation>
    </message>
    <message>
        <source>{n} pages</source>
        <translation>{n} Seiten</translation>
    </message>
    <message>
        <source>the same format</source>
        <translation>im selben Format</translation>
    </message>
    <message>
        <source>as {format}</source>
        <translation>als {format}</translation>
    </message>
    <message>
        <source>{pages} in place of the originals, {kind}</source>
        <translation>{pages} an Stelle der Originale, {kind}</translation>
    </message>
    <message>
        <source>{pages} to a folder of your choice, {kind}</source>
        <translation>{pages} in einen Ordner Ihrer Wahl, {kind}</translation>
    </message>
    <message>
        <source>{pages} to {folder}, {kind}</source>
        <translation>{pages} nach {folder}, {kind}</translation>
    </message>
    <message>
        <source>Give the whole path of the folder, for example ~/Clean.</source>
        <translation>Geben Sie den ganzen Pfad des Ordners an, zum Beispiel ~/Sauber.</translation>
    </message>
    <message>
        <source>{name} is a file; name a folder.</source>
        <translation>{name} ist eine Datei; nennen Sie einen Ordner.</translation>
    </message>
</context>
<context>
    <name>PageList</name>
    <message>
        <source>Drop scans or folders here.</source>
        <translation>Scans oder Ordner hier ablegen.</translation>
    </message>
</context>
<context>
    <name>PageLoader</name>
    <message>
        <source>{file}: cannot be shown because of a fault of the program; see its log.</source>
        <translation>{file}: lässt sich wegen eines Programmfehlers nicht anzeigen; siehe Protokoll.</translation>
    </message>
</context>
<context>
    <name>PagePlaces</name>
    <message>
        <source>Where the pairs are</source>
        <translation>Wo die Paare liegen</translation>
    </message>
    <message>
        <source>In two folders, under the same names</source>
        <translation>In zwei Ordnern, unter denselben Namen</translation>
    </message>
    <message>
        <source>In one folder, under names with two ends</source>
        <translation>In einem Ordner, mit zweierlei Namensenden</translation>
    </message>
    <message>
        <source>In a table (CSV) of dirty and clean files</source>
        <translation>In einer Tabelle (CSV) schmutziger und sauberer Dateien</translation>
    </message>
    <message>
        <source>Folder with dirty pages</source>
        <translation>Ordner mit schmutzigen Seiten</translation>
    </message>
    <message>
        <source>Folder with their clean twins</source>
        <translation>Ordner mit ihren sauberen Zwillingen</translation>
    </message>
    <message>
        <source>Table of pairs</source>
        <translation>Tabelle der Paare</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>Tabellen (*.csv)</translation>
    </message>
    <message>
        <source>First scans:</source>
        <translation>Erste Scans:</translation>
    </message>
    <message>
        <source>Dirty pages:</source>
        <translation>Schmutzige Seiten:</translation>
    </message>
    <message>
        <source>Second scans:</source>
        <translation>Zweite Scans:</translation>
    </message>
    <message>
        <source>Clean twins:</source>
        <translation>Saubere Zwillinge:</translation>
    </message>
    <message>
        <source>Table:</source>
        <translation>Tabelle:</translation>
    </message>
    <message>
        <source>Dirty names end with:</source>
        <translation>Schmutzige enden mit:</translation>
    </message>
    <message>
        <source>Clean names end with:</source>
        <translation>Saubere enden mit:</translation>
    </message>
    <message>
        <source>Choose the table that names the pairs.</source>
        <translation>Wählen Sie die Tabelle, die die Paare nennt.</translation>
    </message>
    <message>
        <source>Choose the folder with the dirty pages.</source>
        <translation>Wählen Sie den Ordner mit den schmutzigen Seiten.</translation>
    </message>
    <message>
        <source>Type two different ends of names.</source>
        <translation>Geben Sie zwei verschiedene Namensenden ein.</translation>
    </message>
    <message>
        <source>Choose the folder with the second scans.</source>
        <translation>Wählen Sie den Ordner mit den zweiten Scans.</translation>
    </message>
    <message>
        <source>Choose the folder with the clean twins.</source>
        <translation>Wählen Sie den Ordner mit den sauberen Zwillingen.</translation>
    </message>
    <message>
        <source>{path} is not there; choose another one.</source>
        <translation>{path} ist nicht da; wählen Sie etwas anderes.</translation>
    </message>
    <message>
        <source>Their paper is put under clean pages that docclean sets itself; it learns from those.</source>
        <translation>Ihr Papier kommt unter saubere Seiten, die docclean selbst setzt; daraus lernt das Modell.</translation>
    </message>
    <message>
        <source>What differs between two scans of a sheet is noise. Scan each twice, turned or moved.</source>
        <translation>Was sich zwischen zwei Scans eines Blatts unterscheidet, ist Rauschen. Scannen Sie jedes zweimal, gedreht oder verschoben.</translation>
    </message>
    <message>
        <source>A page and its twin need not lie exactly alike: shifts and turns are put right.</source>
        <translation>Eine Seite und ihr Zwilling müssen nicht genau gleich liegen: Versatz und Drehung werden ausgeglichen.</translation>
    </message>
</context>
<context>
    <name>PageQueue</name>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>clean</source>
        <translation>sauber</translation>
    </message>
    <message>
        <source>look at it</source>
        <translation>prüfen</translation>
    </message>
    <message>
        <source>was already clean</source>
        <translation>war schon sauber</translation>
    </message>
    <message>
        <source>left alone, not a scan</source>
        <translation>unverändert, kein Scan</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>gestoppt</translation>
    </message>
    <message>
        <source>settings changed</source>
        <translation>neu eingestellt</translation>
    </message>
    <message>
        <source>not saved</source>
        <translation>nicht gespeichert</translation>
    </message>
    <message>
        <source>cleaning</source>
        <translation>wird gereinigt</translation>
    </message>
    <message>
        <source>1 place to look at</source>
        <translation>1 Stelle prüfen</translation>
    </message>
    <message>
        <source>places to look at</source>
        <translation>Stellen prüfen</translation>
    </message>
    <message>
        <source>page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>{pages} pages</source>
        <translation>{pages} Seiten</translation>
    </message>
    <message>
        <source>{cleaned} of {pages} clean</source>
        <translation>{cleaned} von {pages} sauber</translation>
    </message>
    <message>
        <source>{pages} failed</source>
        <translation>{pages} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{pages} to look at</source>
        <translation>{pages} zu prüfen</translation>
    </message>
    <message>
        <source>{pages} stopped</source>
        <translation>{pages} gestoppt</translation>
    </message>
    <message>
        <source>{pages} left alone</source>
        <translation>{pages} unverändert</translation>
    </message>
    <message>
        <source>page {page} of {pages}</source>
        <translation>Seite {page} von {pages}</translation>
    </message>
</context>
<context>
    <name>PageRangeDialog</name>
    <message>
        <source>Keep only pages</source>
        <translation>Nur Seiten behalten</translation>
    </message>
    <message>
        <source>“{0}” has {1} pages. Which of them shall stay in the list?</source>
        <translation>„{0}“ hat {1} Seiten. Welche davon sollen in der Liste bleiben?</translation>
    </message>
    <message>
        <source>&amp;Pages</source>
        <translation>&amp;Seiten</translation>
    </message>
    <message>
        <source>In a PDF made from a PDF the other pages stay what they are; other formats leave them out.</source>
        <translation>In einem PDF aus einem PDF bleiben die anderen Seiten, wie sie sind; andere Formate lassen sie weg.</translation>
    </message>
    <message>
        <source>Write numbers and ranges with commas between them, up to {0}.</source>
        <translation>Nummern und Bereiche mit Kommas dazwischen schreiben, bis {0}.</translation>
    </message>
    <message>
        <source>{0} of {1} pages stay.</source>
        <translation>{0} von {1} Seiten bleiben.</translation>
    </message>
</context>
<context>
    <name>PairCheck</name>
    <message>
        <source>This failed because of a fault of the program; see its log file.</source>
        <translation>Das schlug wegen eines Fehlers im Programm fehl; Näheres steht in der Protokolldatei.</translation>
    </message>
</context>
<context>
    <name>PairModel</name>
    <message>
        <source>Second scan</source>
        <translation>Zweiter Scan</translation>
    </message>
    <message>
        <source>Clean</source>
        <translation>Sauber</translation>
    </message>
    <message>
        <source>First scan</source>
        <translation>Erster Scan</translation>
    </message>
    <message>
        <source>Dirty</source>
        <translation>Schmutzig</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>waits to be looked at…</source>
        <translation>wird noch angesehen…</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>passt</translation>
    </message>
</context>
<context>
    <name>PairTable</name>
    <message>
        <source>Pages to learn from</source>
        <translation>Seiten zum Lernen</translation>
    </message>
    <message>
        <source>Looking for pages…</source>
        <translation>Seiten werden gesucht…</translation>
    </message>
    <message>
        <source>The pages will be listed here.</source>
        <translation>Die Seiten werden hier aufgelistet.</translation>
    </message>
    <message>
        <source>{pairs} found.</source>
        <translation>{pairs} gefunden.</translation>
    </message>
    <message>
        <source>Looked at so far: {n}.</source>
        <translation>Bisher angesehen: {n}.</translation>
    </message>
    <message>
        <source>Left out: {n}.</source>
        <translation>Ausgelassen: {n}.</translation>
    </message>
    <message>
        <source>1 pair</source>
        <translation>1 Paar</translation>
    </message>
    <message>
        <source>{count} pairs</source>
        <translation>{count} Paare</translation>
    </message>
</context>
<context>
    <name>PasswordDialog</name>
    <message>
        <source>Locked PDF</source>
        <translation>Gesperrtes PDF</translation>
    </message>
    <message>
        <source>“{0}” is locked with a password.</source>
        <translation>„{0}“ ist mit einem Passwort gesperrt.</translation>
    </message>
    <message>
        <source>This password does not open “{0}”. Try another one.</source>
        <translation>Dieses Passwort öffnet „{0}“ nicht. Bitte ein anderes versuchen.</translation>
    </message>
    <message>
        <source>&amp;Password</source>
        <translation>&amp;Passwort</translation>
    </message>
    <message>
        <source>&amp;Show what is typed</source>
        <translation>&amp;Eingabe zeigen</translation>
    </message>
    <message>
        <source>It is kept in memory until docclean ends, and never written to disk.</source>
        <translation>Es bleibt im Speicher, bis docclean endet, und wird nie auf die Platte geschrieben.</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>Ö&amp;ffnen</translation>
    </message>
    <message>
        <source>&amp;Leave out</source>
        <translation>&amp;Auslassen</translation>
    </message>
</context>
<context>
    <name>PresetBox</name>
    <message>
        <source>Preset</source>
        <translation>Vorlage</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>Speichern unter…</translation>
    </message>
    <message>
        <source>Manage…</source>
        <translation>Verwalten…</translation>
    </message>
    <message>
        <source>More about presets</source>
        <translation>Mehr zu Vorlagen</translation>
    </message>
    <message>
        <source>Save or manage presets</source>
        <translation>Vorlagen speichern oder verwalten</translation>
    </message>
    <message>
        <source>several settings</source>
        <translation>verschiedene Einstellungen</translation>
    </message>
    <message>
        <source>own settings</source>
        <translation>eigene Einstellungen</translation>
    </message>
    <message>
        <source>Save preset</source>
        <translation>Vorlage speichern</translation>
    </message>
</context>
<context>
    <name>PresetListDialog</name>
    <message>
        <source>Presets</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>Umbenennen…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>Zurückholen</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importieren…</translation>
    </message>
    <message>
        <source>{name} (comes with docclean)</source>
        <translation>{name} (mitgeliefert)</translation>
    </message>
    <message>
        <source>Rename preset</source>
        <translation>Vorlage umbenennen</translation>
    </message>
    <message>
        <source>{name} was removed.</source>
        <translation>{name} wurde entfernt.</translation>
    </message>
    <message>
        <source>Import presets</source>
        <translation>Vorlagen importieren</translation>
    </message>
    <message>
        <source>Presets (*.json)</source>
        <translation>Vorlagen (*.json)</translation>
    </message>
</context>
<context>
    <name>PresetNameDialog</name>
    <message>
        <source>&amp;Name</source>
        <translation>&amp;Name</translation>
    </message>
    <message>
        <source>This one comes with docclean and stays as it is; choose another name.</source>
        <translation>Diese gehört zu docclean und bleibt, wie sie ist; wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>There is a preset of this name; it will be replaced.</source>
        <translation>Es gibt eine Vorlage dieses Namens; sie wird ersetzt.</translation>
    </message>
    <message>
        <source>There is a preset of this name; choose another one.</source>
        <translation>Es gibt eine Vorlage dieses Namens; wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>Umbenennen</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
</context>
<context>
    <name>ProblemLine</name>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
</context>
<context>
    <name>ProblemsPanel</name>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>1 problem</source>
        <translation>1 Problem</translation>
    </message>
    <message numerus="yes">
        <source>%n problems</source>
        <translation>
            <numerusform>%n Problem</numerusform>
            <numerusform>%n Probleme</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Copy all</source>
        <translation>Alles &amp;kopieren</translation>
    </message>
    <message>
        <source>C&amp;lear</source>
        <translation>&amp;Leeren</translation>
    </message>
    <message numerus="yes">
        <source>%n files: %1</source>
        <translation>
            <numerusform>%n Datei: %1</numerusform>
            <numerusform>%n Dateien: %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QMainWindow</name>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Zoom</translation>
    </message>
</context>
<context>
    <name>QueueEditing</name>
    <message>
        <source>cannot be written; free some space on the disk and paste again.</source>
        <translation>lässt sich nicht schreiben; schaffen Sie Platz auf dem Datenträger und fügen Sie noch einmal ein.</translation>
    </message>
    <message>
        <source>move pages</source>
        <translation>Seiten verschieben</translation>
    </message>
    <message>
        <source>is in the list already.</source>
        <translation>ist schon in der Liste.</translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Sort</source>
        <translation>Sortieren</translation>
    </message>
    <message>
        <source>Sort pages</source>
        <translation>Seiten sortieren</translation>
    </message>
    <message>
        <source>Bring the pages into another order</source>
        <translation>Die Seiten in eine andere Reihenfolge bringen</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>Nach Name</translation>
    </message>
    <message>
        <source>By folder</source>
        <translation>Nach Ordner</translation>
    </message>
    <message>
        <source>By status, what needs you first</source>
        <translation>Nach Zustand, Dringendes zuerst</translation>
    </message>
    <message>
        <source>Reverse the order</source>
        <translation>Reihenfolge umkehren</translation>
    </message>
    <message>
        <source>sort by name</source>
        <translation>nach Name sortieren</translation>
    </message>
    <message>
        <source>sort by folder</source>
        <translation>nach Ordner sortieren</translation>
    </message>
    <message>
        <source>sort by status</source>
        <translation>nach Zustand sortieren</translation>
    </message>
    <message>
        <source>reverse the order</source>
        <translation>Reihenfolge umkehren</translation>
    </message>
    <message>
        <source>{pages} pages</source>
        <translation>{pages} Seiten</translation>
    </message>
</context>
<context>
    <name>QueueView</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
</context>
<context>
    <name>RecipePanel</name>
    <message>
        <source>Color of the results</source>
        <translation>Farbe der Ergebnisse</translation>
    </message>
    <message>
        <source>Automatic: color only where there is color, gray only where there are grays.</source>
        <translation>Automatisch: Farbe nur, wo Farbe ist, Grau nur, wo Grautöne sind.</translation>
    </message>
    <message>
        <source>As in the scan</source>
        <translation>Wie im Scan</translation>
    </message>
    <message>
        <source>Gray</source>
        <translation>Grau</translation>
    </message>
    <message>
        <source>Black and white</source>
        <translation>Schwarzweiß</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Remove watermark</source>
        <translation>Wasserzeichen entfernen</translation>
    </message>
    <message>
        <source>Clean up</source>
        <translation>Reinigen</translation>
    </message>
    <message>
        <source>Only where you have the right to.</source>
        <translation>Nur, wo Sie es dürfen.</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>Color</source>
        <translation>Farbe</translation>
    </message>
    <message>
        <source>several values</source>
        <translation>mehrere Werte</translation>
    </message>
    <message>
        <source>Apply to selected</source>
        <translation>Auswahl angleichen</translation>
    </message>
    <message>
        <source>Give all selected pages the settings of the page that is shown</source>
        <translation>Allen ausgewählten Seiten die Einstellungen der gezeigten Seite geben</translation>
    </message>
    <message>
        <source>Apply to all</source>
        <translation>Alle angleichen</translation>
    </message>
    <message>
        <source>Give all pages of the queue these settings</source>
        <translation>Allen Seiten der Liste diese Einstellungen geben</translation>
    </message>
</context>
<context>
    <name>ReportModel</name>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschehen ist</translation>
    </message>
</context>
<context>
    <name>SaveDialogs</name>
    <message>
        <source>None of these pages has been cleaned yet; clean them first.</source>
        <translation>Keine dieser Seiten ist schon gereinigt; reinigen Sie sie zuerst.</translation>
    </message>
    <message>
        <source>These pages are being saved already.</source>
        <translation>Diese Seiten werden bereits gespeichert.</translation>
    </message>
    <message>
        <source>This page has not been cleaned yet; clean it first.</source>
        <translation>Diese Seite ist noch nicht gereinigt; reinigen Sie sie zuerst.</translation>
    </message>
    <message>
        <source>Save page as</source>
        <translation>Seite speichern unter</translation>
    </message>
    <message>
        <source>Replace %n originals with their cleaned pages? This cannot be undone.</source>
        <translation>Originale (%n) durch die gereinigten Seiten ersetzen? Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Replace the originals</source>
        <translation>Originale ersetzen</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>%n files are in {0} already.</source>
        <translation>%n Dateien liegen schon in {0}.</translation>
    </message>
    <message>
        <source>{0} is there already.</source>
        <translation>{0} gibt es schon.</translation>
    </message>
    <message>
        <source>Keep both</source>
        <translation>Beide behalten</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>“{0}” is signed. The saved file will not carry a valid signature.</source>
        <translation>„{0}“ ist signiert. Die gespeicherte Datei wird keine gültige Signatur tragen.</translation>
    </message>
    <message>
        <source>%n files are signed. The saved files will not carry valid signatures.</source>
        <translation>%n Dateien sind signiert. Die gespeicherten Dateien werden keine gültigen Signaturen tragen.</translation>
    </message>
    <message>
        <source>The originals stay as they are.</source>
        <translation>Die Originale bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>Save anyway</source>
        <translation>Trotzdem speichern</translation>
    </message>
</context>
<context>
    <name>SearchableBox</name>
    <message>
        <source>Searchable text in</source>
        <translation>Durchsuchbarer Text auf</translation>
    </message>
    <message>
        <source>Languages of the text: {0}</source>
        <translation>Sprachen des Textes: {0}</translation>
    </message>
    <message>
        <source>Only PDF results can hold text.</source>
        <translation>Nur PDF-Ergebnisse können Text enthalten.</translation>
    </message>
    <message>
        <source>Text that Tesseract reads, unseen under the pages.</source>
        <translation>Text, den Tesseract liest, unsichtbar unter den Seiten.</translation>
    </message>
    <message>
        <source>Searchable text needs the library OCRmyPDF. To install it: {0}</source>
        <translation>Durchsuchbarer Text braucht die Bibliothek OCRmyPDF. Zum Installieren: {0}</translation>
    </message>
    <message>
        <source>Searchable text needs the program Tesseract. To install it: {0}</source>
        <translation>Durchsuchbarer Text braucht das Programm Tesseract. Zum Installieren: {0}</translation>
    </message>
    <message>
        <source>Tesseract has no language yet. To install one: {0}</source>
        <translation>Tesseract hat noch keine Sprache. Zum Installieren: {0}</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Like the desktop</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>&amp;Colors</source>
        <translation>&amp;Farben</translation>
    </message>
    <message>
        <source>Pages lie on neutral grey in either.</source>
        <translation>Seiten liegen in jedem Fall auf neutralem Grau.</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>Counts from the next start on.</source>
        <translation>Gilt ab dem nächsten Start.</translation>
    </message>
    <message>
        <source>Bring back the &amp;queue</source>
        <translation>&amp;Liste wiederherstellen</translation>
    </message>
    <message>
        <source>The next start shows the pages of the last one.</source>
        <translation>Der nächste Start zeigt die Seiten des letzten.</translation>
    </message>
    <message>
        <source>Ask before closing while &amp;pages are cleaned</source>
        <translation>Vor dem Schließen fragen, solange &amp;gereinigt wird</translation>
    </message>
    <message>
        <source>Pages that are done are kept either way.</source>
        <translation>Fertige Seiten bleiben so oder so erhalten.</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>&amp;Folder</source>
        <translation>&amp;Ordner</translation>
    </message>
    <message>
        <source>Not chosen yet</source>
        <translation>Noch nicht gewählt</translation>
    </message>
    <message>
        <source>Cleaned pages are written here; your scans are never changed.</source>
        <translation>Hierhin kommen gereinigte Seiten; Ihre Scans werden nie verändert.</translation>
    </message>
    <message>
        <source>Like the scan</source>
        <translation>Wie der Scan</translation>
    </message>
    <message>
        <source>For&amp;mat</source>
        <translation>For&amp;mat</translation>
    </message>
    <message>
        <source>JPEG and WebP lose a little, the others nothing.</source>
        <translation>JPEG und WebP verlieren ein wenig, die anderen nichts.</translation>
    </message>
    <message>
        <source>Ask before &amp;replacing results</source>
        <translation>Vor dem &amp;Ersetzen von Ergebnissen fragen</translation>
    </message>
    <message>
        <source>The question comes before the run, once for all files.</source>
        <translation>Die Frage kommt vorher, einmal für alle Dateien.</translation>
    </message>
    <message>
        <source>Cleaning</source>
        <translation>Reinigen</translation>
    </message>
    <message>
        <source>Fastest there is</source>
        <translation>Das schnellste</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>Ge&amp;rät</translation>
    </message>
    <message>
        <source>All give the same pages; they differ in speed.</source>
        <translation>Alle liefern dieselben Seiten, nur verschieden schnell.</translation>
    </message>
    <message>
        <source>Clean pages as s&amp;oon as they are added</source>
        <translation>Seiten gleich nach dem &amp;Hinzufügen reinigen</translation>
    </message>
    <message>
        <source>Otherwise they wait until you start the run.</source>
        <translation>Sonst warten sie, bis Sie das Reinigen starten.</translation>
    </message>
    <message>
        <source>Keep the computer a&amp;wake</source>
        <translation>Computer &amp;wach halten</translation>
    </message>
    <message>
        <source>It does not go to sleep before the last page is done; the screen may.</source>
        <translation>Er geht erst nach der letzten Seite in den Ruhezustand; der Bildschirm darf früher.</translation>
    </message>
    <message>
        <source>Tell me when &amp;all pages are done</source>
        <translation>Melden, wenn &amp;alle Seiten fertig sind</translation>
    </message>
    <message>
        <source>A notice of the desktop.</source>
        <translation>Eine Benachrichtigung des Systems.</translation>
    </message>
    <message>
        <source>&amp;Threads</source>
        <translation>&amp;Threads</translation>
    </message>
    <message>
        <source>Fewer leave more of the processor to other programs.</source>
        <translation>Weniger lassen anderen Programmen mehr vom Prozessor.</translation>
    </message>
    <message>
        <source>M&amp;emory</source>
        <translation>S&amp;peicher</translation>
    </message>
    <message>
        <source> MB</source>
        <translation> MB</translation>
    </message>
    <message>
        <source>Cleaning takes no more than this; large pages then take longer.</source>
        <translation>Mehr belegt das Reinigen nicht; große Seiten dauern dann länger.</translation>
    </message>
    <message>
        <source>&amp;Name of results</source>
        <translation>&amp;Name der Ergebnisse</translation>
    </message>
    <message>
        <source>{stem} stands for the scan's name, as in “{stem} clean”.</source>
        <translation>{stem} steht für den Namen des Scans, wie in „{stem} sauber“.</translation>
    </message>
    <message>
        <source>Model to clean</source>
        <translation>Reinigungsmodell</translation>
    </message>
    <message>
        <source>Model for marks</source>
        <translation>Wasserzeichenmodell</translation>
    </message>
    <message>
        <source>Model for color</source>
        <translation>Farbmodell</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>Empfohlen</translation>
    </message>
    <message>
        <source>Used when a recipe names no other.</source>
        <translation>Gilt, wenn für die Seite kein anderes gewählt ist.</translation>
    </message>
    <message>
        <source>For e&amp;xperts</source>
        <translation>Für E&amp;xperten</translation>
    </message>
    <message>
        <source>Re&amp;store defaults</source>
        <translation>Stan&amp;dardwerte wiederherstellen</translation>
    </message>
    <message>
        <source>Not used: %1.</source>
        <translation>Nicht übernommen: %1.</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>R&amp;ückgängig</translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>%1 (not here)</source>
        <translation>%1 (nicht vorhanden)</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>Dur&amp;chsuchen…</translation>
    </message>
</context>
<context>
    <name>StageBox</name>
    <message>
        <source>Strength</source>
        <translation>Stärke</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>0 % changes nothing, 100 % is all that the model would change.</source>
        <translation>0 % ändert nichts, 100 % ist alles, was das Modell ändern würde.</translation>
    </message>
    <message>
        <source>{name} (default)</source>
        <translation>{name} (Standard)</translation>
    </message>
    <message>
        <source>Good for:</source>
        <translation>Gut für:</translation>
    </message>
    <message>
        <source>Limits:</source>
        <translation>Grenzen:</translation>
    </message>
    <message>
        <source>several</source>
        <translation>mehrere</translation>
    </message>
    <message>
        <source>{model} is not installed</source>
        <translation>{model} ist nicht installiert</translation>
    </message>
    <message>
        <source>several models</source>
        <translation>mehrere Modelle</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Clean 1 page</source>
        <translation>1 Seite reinigen</translation>
    </message>
    <message>
        <source>Clean %n pages</source>
        <translation>%n Seiten reinigen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Save 1 page</source>
        <translation>1 Seite speichern</translation>
    </message>
    <message>
        <source>Save %n pages</source>
        <translation>%n Seiten speichern</translation>
    </message>
    <message>
        <source>Clean</source>
        <translation>Reinigen</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Page {0} of {1}</source>
        <translation>Seite {0} von {1}</translation>
    </message>
    <message>
        <source>waits for the training</source>
        <translation>wartet auf das Training</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>{0} pages/min</source>
        <translation>{0} Seiten/min</translation>
    </message>
    <message>
        <source>{0} left</source>
        <translation>noch {0}</translation>
    </message>
    <message>
        <source>1 page</source>
        <translation>1 Seite</translation>
    </message>
    <message>
        <source>{0} pages</source>
        <translation>{0} Seiten</translation>
    </message>
    <message>
        <source>{0} to look at</source>
        <translation>{0} zu prüfen</translation>
    </message>
    <message>
        <source>{0} failed</source>
        <translation>{0} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation type="vanished">{0} s</translation>
    </message>
    <message>
        <source>{0} min {1} s</source>
        <translation type="vanished">{0} min {1} s</translation>
    </message>
    <message>
        <source>{0} min</source>
        <translation type="vanished">{0} min</translation>
    </message>
    <message>
        <source>{0} h {1} min</source>
        <translation type="vanished">{0} h {1} min</translation>
    </message>
    <message>
        <source>{0} h</source>
        <translation type="vanished">{0} h</translation>
    </message>
</context>
<context>
    <name>StepLine</name>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
</context>
<context>
    <name>StorageBox</name>
    <message>
        <source>How results are packed</source>
        <translation>Wie Ergebnisse gepackt werden</translation>
    </message>
    <message>
        <source>Quality of the results</source>
        <translation>Qualität der Ergebnisse</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>automatisch</translation>
    </message>
    <message>
        <source>1 is small and coarse, 100 large and fine. Black and white never loses.</source>
        <translation>1 ist klein und grob, 100 groß und fein. Schwarzweiß verliert nie.</translation>
    </message>
    <message>
        <source>Packing</source>
        <translation>Packen</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>This format leaves no choice; TIFF and PDF do.</source>
        <translation>Dieses Format lässt keine Wahl; TIFF und PDF schon.</translation>
    </message>
    <message>
        <source>Mixed: text sharp above a coarse background, in PDF only.</source>
        <translation>Gemischt: scharfer Text über grobem Hintergrund, nur in PDF.</translation>
    </message>
    <message>
        <source>As in the original</source>
        <translation>Wie im Original</translation>
    </message>
    <message>
        <source>Without loss</source>
        <translation>Verlustfrei</translation>
    </message>
    <message>
        <source>Mixed, for small files</source>
        <translation>Gemischt, für kleine Dateien</translation>
    </message>
</context>
<context>
    <name>TrainingHint</name>
    <message>
        <source>Show the training</source>
        <translation>Das Training zeigen</translation>
    </message>
    <message>
        <source>The new model is ready</source>
        <translation>Das neue Modell ist fertig</translation>
    </message>
    <message>
        <source>The training failed</source>
        <translation>Das Training schlug fehl</translation>
    </message>
    <message>
        <source>The training was stopped</source>
        <translation>Das Training wurde gestoppt</translation>
    </message>
    <message>
        <source>The training is held</source>
        <translation>Das Training ist angehalten</translation>
    </message>
    <message>
        <source>The training waits for the pages</source>
        <translation>Das Training wartet auf die Seiten</translation>
    </message>
    <message>
        <source>Training a model</source>
        <translation>Ein Modell wird trainiert</translation>
    </message>
    <message>
        <source>, {time} left</source>
        <translation>, noch {time}</translation>
    </message>
</context>
<context>
    <name>TrainingPages</name>
    <message>
        <source>can be read</source>
        <translation>lesbar</translation>
    </message>
    <message>
        <source>does not fit into memory; scan it at a lower resolution.</source>
        <translation>passt nicht in den Speicher; scannen Sie sie mit geringerer Auflösung.</translation>
    </message>
    <message>
        <source>fits, {distance} px apart after it was put right</source>
        <translation>passt, nach dem Ausgleich {distance} px Abstand</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>passt</translation>
    </message>
</context>
<context>
    <name>TrainingWork</name>
    <message>
        <source>The training does not fit into memory; close other programs.</source>
        <translation>Das Training passt nicht in den Speicher; schließen Sie andere Programme.</translation>
    </message>
    <message>
        <source>The training failed because of a fault of the program; see its log.</source>
        <translation>Das Training schlug wegen eines Fehlers im Programm fehl; Näheres steht im Protokoll.</translation>
    </message>
</context>
<context>
    <name>Undo</name>
    <message>
        <source>add pages</source>
        <translation>Seiten hinzufügen</translation>
    </message>
    <message>
        <source>remove pages</source>
        <translation>Seiten entfernen</translation>
    </message>
    <message>
        <source>change settings</source>
        <translation>Einstellungen ändern</translation>
    </message>
    <message>
        <source>draw pages</source>
        <translation>Seiten zeichnen</translation>
    </message>
    <message>
        <source>leave pages alone</source>
        <translation>Seiten lassen, wie sie sind</translation>
    </message>
</context>
<context>
    <name>UnfinishedLine</name>
    <message>
        <source>&amp;Interrupted:</source>
        <translation>&amp;Unterbrochen:</translation>
    </message>
    <message>
        <source>Go on with it</source>
        <translation>Damit weitermachen</translation>
    </message>
    <message>
        <source>Discard…</source>
        <translation>Verwerfen…</translation>
    </message>
</context>
<context>
    <name>VerdictView</name>
    <message>
        <source>Held-out page</source>
        <translation>Zurückgehaltene Seite</translation>
    </message>
    <message>
        <source>Error (RMSE)</source>
        <translation>Fehler (RMSE)</translation>
    </message>
    <message>
        <source>PSNR</source>
        <translation>PSNR</translation>
    </message>
    <message>
        <source>SSIM</source>
        <translation>SSIM</translation>
    </message>
    <message>
        <source>Ink lost</source>
        <translation>Tinte weg</translation>
    </message>
    <message>
        <source>Ink added</source>
        <translation>Tinte dazu</translation>
    </message>
    <message>
        <source>Harm to clean pages</source>
        <translation>Schaden</translation>
    </message>
    <message>
        <source>Held-out &amp;page:</source>
        <translation>Zurückgehaltene &amp;Seite:</translation>
    </message>
    <message>
        <source>at 100 %; drag one picture, and all move</source>
        <translation>bei 100 %; ziehen Sie ein Bild, und alle bewegen sich</translation>
    </message>
    <message>
        <source>On your held-out pages, mean</source>
        <translation>Auf Ihren zurückgehaltenen Seiten, Mittel</translation>
    </message>
    <message>
        <source>On docclean's own pages for checking</source>
        <translation>Auf docclean-eigenen Prüfseiten</translation>
    </message>
    <message>
        <source>“{name}” does not beat the model it came from on your pages. Better keep that one.</source>
        <translation>„{name}“ schlägt auf Ihren Seiten das Modell nicht, aus dem es entstand. Behalten Sie besser jenes.</translation>
    </message>
    <message>
        <source>“{name}” makes {n} % less error on your pages, but has forgotten too much of others.</source>
        <translation>„{name}“ macht auf Ihren Seiten {n} % weniger Fehler, hat aber zu viel über andere vergessen.</translation>
    </message>
    <message>
        <source>It is not recommended as the default.</source>
        <translation>Als Standard wird es nicht empfohlen.</translation>
    </message>
    <message>
        <source>“{name}” makes {n} % less error on your pages than the model it came from.</source>
        <translation>„{name}“ macht auf Ihren Seiten {n} % weniger Fehler als das Modell, aus dem es entstand.</translation>
    </message>
    <message>
        <source>As it came</source>
        <translation>Wie sie kam</translation>
    </message>
    <message>
        <source>Linear (PCA)</source>
        <translation>Linear (PCA)</translation>
    </message>
    <message>
        <source>Model before</source>
        <translation>Modell davor</translation>
    </message>
    <message>
        <source>New model</source>
        <translation>Neues Modell</translation>
    </message>
    <message>
        <source>As it should be</source>
        <translation>Wie sie sein soll</translation>
    </message>
</context>
<context>
    <name>WindowActions</name>
    <message>
        <source>&amp;Undo {0}</source>
        <translation>&amp;Rückgängig: {0}</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>&amp;Redo {0}</source>
        <translation>&amp;Wiederholen: {0}</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>Noch nichts</translation>
    </message>
    <message>
        <source>Scans</source>
        <translation>Scans</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>Alle Dateien</translation>
    </message>
    <message>
        <source>Add files</source>
        <translation>Dateien hinzufügen</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>The clipboard holds neither files nor a picture.</source>
        <translation>In der Zwischenablage sind weder Dateien noch ein Bild.</translation>
    </message>
    <message>
        <source>This page has not been cleaned yet; clean it first.</source>
        <translation>Diese Seite ist noch nicht gereinigt; reinigen Sie sie zuerst.</translation>
    </message>
    <message>
        <source>The cleaned page is in the clipboard.</source>
        <translation>Die gereinigte Seite ist in der Zwischenablage.</translation>
    </message>
    <message>
        <source>{0} is not there yet; it is made when pages are saved.</source>
        <translation>{0} gibt es noch nicht; der Ordner entsteht beim Speichern.</translation>
    </message>
</context>
<context>
    <name>WindowDocuments</name>
    <message>
        <source>is locked with a password; add it again to type the password.</source>
        <translation>ist mit einem Passwort gesperrt; zum Eingeben des Passworts erneut hinzufügen.</translation>
    </message>
</context>
<context>
    <name>WindowNews</name>
    <message>
        <source>1 page added.</source>
        <translation>1 Seite hinzugefügt.</translation>
    </message>
    <message>
        <source>{0} pages added.</source>
        <translation>{0} Seiten hinzugefügt.</translation>
    </message>
    <message>
        <source>{0} pages cleaned</source>
        <translation>{0} Seiten gereinigt</translation>
    </message>
    <message>
        <source>1 page cleaned</source>
        <translation>1 Seite gereinigt</translation>
    </message>
    <message>
        <source>, {0} to look at</source>
        <translation>, {0} zu prüfen</translation>
    </message>
    <message>
        <source>, {0} left alone (no scan)</source>
        <translation>, {0} unverändert (kein Scan)</translation>
    </message>
    <message>
        <source>, {0} failed</source>
        <translation>, {0} fehlgeschlagen</translation>
    </message>
    <message>
        <source>Reading text: {0} of {1}</source>
        <translation>Text lesen: {0} von {1}</translation>
    </message>
    <message>
        <source>Nothing was saved.</source>
        <translation>Es wurde nichts gespeichert.</translation>
    </message>
    <message>
        <source>1 file saved in {0}.</source>
        <translation>1 Datei in {0} gespeichert.</translation>
    </message>
    <message>
        <source>{1} files saved in {0}.</source>
        <translation>{1} Dateien in {0} gespeichert.</translation>
    </message>
    <message>
        <source>Pages in them that are not clean yet: {0}.</source>
        <translation>Noch nicht gereinigte Seiten darin: {0}.</translation>
    </message>
    <message>
        <source>The run is paused; saving begins when it goes on.</source>
        <translation>Der Lauf ist angehalten; gespeichert wird, sobald er weitergeht.</translation>
    </message>
    <message>
        <source>, {0} left alone because they are no scans</source>
        <translation type="vanished">, {0} blieben, weil sie keine Scans sind</translation>
    </message>
</context>
<context>
    <name>WindowTraining</name>
    <message>
        <source>The new model “{name}” is ready.</source>
        <translation>Das neue Modell „{name}“ ist fertig.</translation>
    </message>
</context>
<context>
    <name>_TaskRow</name>
    <message>
        <source>Model for: {task}</source>
        <translation>Modell für: {task}</translation>
    </message>
    <message>
        <source>Strength of: {task}</source>
        <translation>Stärke von: {task}</translation>
    </message>
    <message>
        <source>Strength: 0 % changes nothing, 100 % is all that the model can do.</source>
        <translation>Stärke: 0 % ändert nichts, 100 % ist alles, was das Modell kann.</translation>
    </message>
</context>
<context>
    <name>presets</name>
    <message>
        <source>Clean scan</source>
        <translation>Scan reinigen</translation>
    </message>
    <message>
        <source>Gentle</source>
        <translation>Behutsam</translation>
    </message>
    <message>
        <source>Remove watermark</source>
        <translation>Wasserzeichen entfernen</translation>
    </message>
    <message>
        <source>Remove watermark, then clean</source>
        <translation>Wasserzeichen entfernen, dann reinigen</translation>
    </message>
</context>
<context>
    <name>task</name>
    <message>
        <source>Clean paper</source>
        <translation>Papier reinigen</translation>
    </message>
    <message>
        <source>Remove watermark</source>
        <translation>Wasserzeichen entfernen</translation>
    </message>
    <message>
        <source>Restore colors</source>
        <translation>Farben auffrischen</translation>
    </message>
    <message>
        <source>Cleaning paper</source>
        <translation>Papier reinigen</translation>
    </message>
    <message>
        <source>Removing watermarks</source>
        <translation>Wasserzeichen entfernen</translation>
    </message>
    <message>
        <source>Restoring colors</source>
        <translation>Farben auffrischen</translation>
    </message>
</context>
<context>
    <name>wording</name>
    <message>
        <source>{n} cores</source>
        <translation>{n} Kerne</translation>
    </message>
    <message>
        <source>1 page</source>
        <translation>1 Seite</translation>
    </message>
    <message>
        <source>{count} pages</source>
        <translation>{count} Seiten</translation>
    </message>
    <message>
        <source>{s} s</source>
        <translation>{s} s</translation>
    </message>
    <message>
        <source>{m} min {s} s</source>
        <translation>{m} min {s} s</translation>
    </message>
    <message>
        <source>{m} min</source>
        <translation>{m} min</translation>
    </message>
    <message>
        <source>{h} h {m} min</source>
        <translation>{h} h {m} min</translation>
    </message>
</context>
</TS>

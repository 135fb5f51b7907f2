"""German names, towns and trades. The phone ranges are those that Germany's regulator keeps for films and books."""

from __future__ import annotations

from listloop.testing.world_culture import Culture, lines, names, places, trades

CULTURE = Culture(
    language="de",
    title="German",
    women=names("""
        Anna, Lena, Katharina, Julia, Sabine, Petra, Monika, Ursula, Heike, Birgit, Claudia, Stefanie, Melanie,
        Nicole, Susanne, Andrea, Silke, Anja, Martina, Christine, Renate, Gisela, Ingrid, Hannelore, Franziska,
        Johanna, Charlotte, Greta, Frieda, Theresa, Verena, Anne-Marie, Jule, Svenja, Mareike, Gudrun, Bärbel, Käthe,
        Annegret, Friederike"""),
    men=names("""
        Thomas, Michael, Andreas, Stefan, Peter, Wolfgang, Klaus, Jürgen, Günter, Uwe, Matthias, Markus, Christian,
        Martin, Frank, Bernd, Ralf, Dieter, Holger, Torsten, Jörg, Sven, Jan, Lukas, Jonas, Felix, Maximilian, Moritz,
        Paul, Emil, Anton, Karl-Heinz, Hans-Peter, Friedrich, Ulrich, Rüdiger, Björn, Sönke, Detlef, Volker"""),
    families=names("""
        Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, Hoffmann, Schäfer, Koch, Bauer,
        Richter, Klein, Wolf, Schröder, Neumann, Schwarz, Zimmermann, Braun, Krüger, Hofmann, Hartmann, Lange, Werner,
        Krause, Lehmann, Köhler, Maier, Herrmann, König, Walter, Huber, Kaiser, Fuchs, Peters, Lang, Scholz, Möller,
        Weiß, Jung, Hahn, Schubert, Vogel, Friedrich, Keller, Günther, Frank, Berger, Winkler, Roth, Beck, Lorenz,
        Baumann, Franke, Albrecht, Schuster, Simon, Ludwig, Böhm, Winter, Kraus, Martin, Schumacher, Krämer, Vogt,
        Stein, Jäger, Otto, Groß, Sommer, Seidel, Heinrich, Brandt, Haas, Schreiber, Graf, Dietrich, Ziegler, Kuhn,
        Pohl, Engel, Horn, Busch, Bergmann, Thomas, Voigt, Sauer, Arnold, Wolff, Pfeiffer"""),
    places=places("""
        Berlin; 10#1#; Germany; +49 30 23125 ###
        Hamburg; 20#5#; Germany; +49 40 66969 ###
        München; 80#3#; Germany; +49 89 99998 ###
        Köln; 506##; Germany; +49 221 4710 ###
        Frankfurt am Main; 603##; Germany; +49 69 90009 ###
        Düsseldorf; 402##; Germany; +49 221 4710 ###
        Potsdam; 144##; Germany; +49 30 23125 ###
        Offenbach; 630##; Germany; +49 69 90009 ###
        Lübeck; 235##; Germany; +49 40 66969 ###
        Freising; 853##; Germany; +49 89 99998 ###"""),
    streets=lines("""
        Hauptstraße #
        Bahnhofstraße #
        Gartenweg #
        Lindenallee #
        Am Markt #
        Goethestraße #
        Mühlenweg #
        Kirchplatz #
        Schillerstraße #
        An der Alten Ziegelei #"""),
    trades=trades("""
        Optik {}; optician
        Schreinerei {} & Söhne; joinery
        {} Maschinenbau GmbH; machines
        Weingut {}; wine
        Bäckerei {}; bakery
        {} Druck + Medien; printing
        Autohaus {} GmbH & Co. KG; cars
        Steuerkanzlei {}; tax advice
        {} Medizintechnik AG; medical devices
        Gärtnerei {}; nursery
        Elektro {}; electrical works
        {} Logistik GmbH; logistics
        Hotel {}; hotel
        Buchhandlung {}; books
        Architekturbüro {}; architects
        {} Softwarehaus; software
        Brauerei {}; brewery
        Apotheke {}; pharmacy
        {} Verpackungen; packaging
        Fahrrad {}; bicycles"""),
    jobs=names("""
        Geschäftsführer/Geschäftsführerin, Einkauf, Leiter Vertrieb/Leiterin Vertrieb, Buchhaltung, Inhaber/Inhaberin,
        Assistent der Geschäftsleitung/Assistentin der Geschäftsleitung, Marketing, IT-Leiter/IT-Leiterin,
        Projektleiter/Projektleiterin, Werkstattmeister/Werkstattmeisterin, Prokurist/Prokuristin,
        Personalreferent/Personalreferentin"""),
    providers=("posteo-beispiel.example", "webpost.example", "briefkasten.example"),
    joint="{} & {}",
)

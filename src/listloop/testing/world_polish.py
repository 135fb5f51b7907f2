"""Polish names, towns and trades. Poland keeps no phone range for fiction; no local number begins with 0."""

from __future__ import annotations

from listloop.testing.world_culture import Culture, lines, names, places, trades

CULTURE = Culture(
    language="pl",
    title="Polish",
    women=names("""
        Anna, Maria, Katarzyna, Małgorzata, Agnieszka, Barbara, Ewa, Krystyna, Magdalena, Elżbieta, Joanna,
        Aleksandra, Zofia, Monika, Teresa, Danuta, Natalia, Karolina, Marta, Julia, Beata, Dorota, Janina, Alicja,
        Jadwiga, Irena, Halina, Iwona, Paulina, Justyna, Grażyna, Bożena, Renata, Urszula, Hanna, Wiktoria, Kinga,
        Łucja, Stanisława, Żaneta"""),
    men=names("""
        Piotr, Krzysztof, Andrzej, Tomasz, Paweł, Jan, Michał, Marcin, Jakub, Adam, Stanisław, Marek, Łukasz,
        Grzegorz, Mateusz, Wojciech, Mariusz, Dariusz, Zbigniew, Rafał, Jerzy, Maciej, Robert, Kamil, Dawid, Józef,
        Jacek, Kacper, Ryszard, Tadeusz, Jarosław, Janusz, Sławomir, Mirosław, Henryk, Bartosz, Wiesław, Szymon,
        Zdzisław, Bogdan"""),
    families=names("""
        Nowak, Kowalski/Kowalska, Wiśniewski/Wiśniewska, Wójcik, Kowalczyk, Kamiński/Kamińska,
        Lewandowski/Lewandowska, Zieliński/Zielińska, Szymański/Szymańska, Woźniak, Dąbrowski/Dąbrowska,
        Kozłowski/Kozłowska, Mazur, Jankowski/Jankowska, Kwiatkowski/Kwiatkowska, Wojciechowski/Wojciechowska,
        Krawczyk, Kaczmarek, Piotrowski/Piotrowska, Grabowski/Grabowska, Zając, Pawłowski/Pawłowska, Król,
        Michalski/Michalska, Wróbel, Wieczorek, Jabłoński/Jabłońska, Nowakowski/Nowakowska, Majewski/Majewska,
        Olszewski/Olszewska, Dudek, Stępień, Jaworski/Jaworska, Adamczyk, Malinowski/Malinowska, Górski/Górska,
        Pawlak, Nowicki/Nowicka, Sikora, Witkowski/Witkowska, Rutkowski/Rutkowska, Walczak, Baran, Michalak, Szewczyk,
        Ostrowski/Ostrowska, Tomaszewski/Tomaszewska, Zalewski/Zalewska, Wróblewski/Wróblewska, Pietrzak,
        Jasiński/Jasińska, Marciniak, Sadowski/Sadowska, Bąk, Zawadzki/Zawadzka, Duda, Jakubowski/Jakubowska, Wilk,
        Chmielewski/Chmielewska, Borkowski/Borkowska, Włodarczyk, Sokołowski/Sokołowska, Szczepański/Szczepańska,
        Sawicki/Sawicka, Lis, Kucharski/Kucharska, Mazurek, Kubiak, Kalinowski/Kalinowska, Wysocki/Wysocka,
        Maciejewski/Maciejewska, Kołodziej, Czarnecki/Czarnecka, Kaźmierczak, Sobczak, Konieczny/Konieczna,
        Głowacki/Głowacka, Urban, Gołębiowski/Gołębiowska, Żak"""),
    places=places("""
        Warszawa; 00-1##; Poland; +48 22 000 0# ##
        Kraków; 31-0##; Poland; +48 12 000 0# ##
        Łódź; 90-0##; Poland; +48 42 000 0# ##
        Wrocław; 50-0##; Poland; +48 71 000 0# ##
        Poznań; 61-0##; Poland; +48 61 000 0# ##
        Gdańsk; 80-0##; Poland; +48 58 000 0# ##
        Szczecin; 70-0##; Poland; +48 91 000 0# ##
        Lublin; 20-0##; Poland; +48 81 000 0# ##
        Białystok; 15-0##; Poland; +48 85 000 0# ##
        Rzeszów; 35-0##; Poland; +48 17 000 0# ##"""),
    streets=lines("""
        ul. Polna #
        ul. Leśna #
        ul. Słoneczna #
        ul. Krótka #
        ul. Szkolna #
        ul. Ogrodowa #
        ul. Lipowa #
        al. Jana Pawła II #
        Rynek #
        ul. Kościuszki #"""),
    trades=trades("""
        Optyka {}; optician
        Piekarnia {}; bakery
        Stolarnia {} i Synowie; joinery
        {} Sp. z o.o.; machines
        Drukarnia {}; printing
        Auto-Serwis {}; cars
        Biuro Rachunkowe {}; tax advice
        Gospodarstwo Ogrodnicze {}; nursery
        Instalacje {}; electrical works
        {} Transport; logistics
        Pensjonat {}; hotel
        Księgarnia {}; books
        Pracownia Architektoniczna {}; architects
        {} Systemy Informatyczne; software
        Apteka {}; pharmacy
        Browar {}; brewery
        Opakowania {}; packaging
        Rowery {}; bicycles
        Gabinet Weterynaryjny {}; veterinary
        Szkło i Ceramika {}; glass"""),
    jobs=names("""
        Prezes zarządu, Kierownik zakupów/Kierowniczka zakupów, Księgowy/Księgowa, Właściciel/Właścicielka,
        Dyrektor handlowy/Dyrektorka handlowa, Specjalista ds. marketingu/Specjalistka ds. marketingu,
        Kierownik projektu/Kierowniczka projektu, Asystent/Asystentka, Informatyk/Informatyczka, Handlowiec, Kadry,
        Technolog"""),
    providers=("poczta-przyklad.example", "skrzynka.example", "listonosz.example"),
    joint="{} i {}",
)

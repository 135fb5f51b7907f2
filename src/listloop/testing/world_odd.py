"""Names that real people have and that programs stumble over: first name, last name, mailbox."""

ODD: tuple[tuple[str, str, str], ...] = (
    ("Sinéad", "O'Brien", "sinead.obrien"),
    ("José María", "de la Cruz y Fernández", "jm.delacruz"),
    ("Thị Minh Khai", "Nguyễn", "minhkhai.nguyen"),
    ("", "Sukarno", "sukarno"),
    ("Jennifer", "Null", "jennifer.null"),
    ("Jean-Luc", "d’Aubigné", "jl.daubigne"),
    ("Li", "Ng", "li.ng"),
    ("Åse", "Ø", "aase.oe"),
    ("Annemarie", "van der Berg-Oosterhuis", "a.vdberg"),
    ("Maria do Carmo", "de Almeida e Vasconcelos Sottomayor Pereira Coutinho de Mello", "mc.vasconcelos"),
    ("Hubert Blaine", "Wolfeschlegelsteinhausenbergerdorff", "h.wolfe"),
    ("ابتسام", "الخطيب", "ibtisam.alkhatib"),
    ("Владимир", "Кузнецов", "v.kuznetsov"),
    ("Conan", "MacLeod, Jr.", "conan.macleod"),
    ("Zoë", "St. John-Smythe", "zoe.stjohn"),
    ("Björk", "Guðmundsdóttir", "bjork.gudmundsdottir"),
)

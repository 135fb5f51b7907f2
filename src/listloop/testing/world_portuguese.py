"""Portuguese names, towns and trades. Portugal keeps no phone range for fiction: numbers with 4 are nobody's."""

from __future__ import annotations

from listloop.testing.world_culture import Culture, lines, names, places, trades

CULTURE = Culture(
    language="pt",
    title="Portuguese",
    women=names("""
        Maria, Ana, Joana, Inês, Beatriz, Mariana, Catarina, Sofia, Rita, Marta, Teresa, Isabel, Margarida, Helena,
        Fernanda, Cristina, Paula, Sandra, Sónia, Carla, Susana, Patrícia, Vera, Raquel, Filipa, Cláudia, Andreia,
        Luísa, Conceição, Graça, Lurdes, Fátima, Matilde, Leonor, Carolina, Francisca, Ana Rita, Maria João, Lídia,
        Amélia"""),
    men=names("""
        João, José, António, Manuel, Francisco, Pedro, Paulo, Luís, Carlos, Rui, Miguel, Nuno, Tiago, Ricardo, Jorge,
        Fernando, Joaquim, Rodrigo, Duarte, Gonçalo, André, Bruno, Hugo, Diogo, Filipe, Vítor, Sérgio, Mário, Armando,
        Álvaro, Henrique, Bernardo, Tomás, Martim, Afonso, Guilherme, Simão, Zé Carlos, Eduardo, Adriano"""),
    families=names("""
        Silva, Santos, Ferreira, Pereira, Oliveira, Costa, Rodrigues, Martins, Jesus, Sousa, Fernandes, Gonçalves,
        Gomes, Lopes, Marques, Alves, Almeida, Ribeiro, Pinto, Carvalho, Teixeira, Moreira, Correia, Mendes, Nunes,
        Soares, Vieira, Monteiro, Cardoso, Rocha, Neves, Coelho, Cruz, Cunha, Pires, Ramos, Reis, Simões, Antunes,
        Matos, Fonseca, Machado, Araújo, Barbosa, Tavares, Lourenço, Castro, Figueiredo, Azevedo, Freitas, Magalhães,
        Henriques, Lima, Guerreiro, Batista, Pinheiro, Faria, Miranda, Barros, Morais, Nogueira, Esteves, Anjos,
        Baptista, Campos, Mota, Andrade, Brito, Sá, Nascimento, Leite, Abreu, Borges, Melo, Vaz, Pinho, Vicente,
        Gaspar, Assunção, Maia, Moura, Valente, Carneiro, Garcia, Branco, dos Santos, da Conceição, de Sá Nogueira"""),
    places=places("""
        Lisboa; 1##0-1##; Portugal; +351 421 000 ###
        Porto; 40##-1##; Portugal; +351 422 000 ###
        Braga; 47##-3##; Portugal; +351 453 000 ###
        Coimbra; 30##-5##; Portugal; +351 439 000 ###
        Évora; 70##-2##; Portugal; +351 466 000 ###
        Faro; 80##-1##; Portugal; +351 489 000 ###
        Aveiro; 38##-4##; Portugal; +351 434 000 ###
        Viseu; 35##-1##; Portugal; +351 432 000 ###
        Guimarães; 48##-2##; Portugal; +351 453 000 ###
        Funchal; 90##-0##; Portugal; +351 491 000 ###"""),
    streets=lines("""
        Rua da Liberdade, #
        Avenida da República, #
        Rua do Comércio, #
        Largo da Sé, #
        Travessa das Flores, #
        Rua de São João, #
        Praça do Município, #
        Rua Direita, #
        Alameda dos Oceanos, #
        Rua do Moinho, #"""),
    trades=trades("""
        Óptica {}; optician
        Quinta {}; wine
        Padaria {}; bakery
        Oficina {} Lda.; cars
        Carpintaria {} & Filhos; joinery
        Tipografia {}; printing
        Gabinete {}; tax advice
        Conservas {}; preserves
        Electro {}; electrical works
        Transportes {} S.A.; logistics
        Residencial {}; hotel
        Livraria {}; books
        {} Arquitectos; architects
        {} Sistemas; software
        Farmácia {}; pharmacy
        Viveiros {}; nursery
        Cortiças {}; cork
        Bicicletas {}; bicycles
        Clínica {}; dentist
        Azulejos {}; tiles"""),
    jobs=names("""
        Diretor-geral/Diretora-geral, Responsável de compras, Contabilista, Sócio-gerente/Sócia-gerente,
        Diretor comercial/Diretora comercial, Gestor de marketing/Gestora de marketing, Assistente, Chefe de projeto,
        Técnico/Técnica, Proprietário/Proprietária, Recursos humanos, Administrativo/Administrativa"""),
    providers=("correio-exemplo.example", "carteiro.example", "caixa-postal.example"),
    joint="{} e {}",
)

"""Spanish names, towns and trades. Spain keeps no phone range for fiction: numbers that begin with 4 are nobody's."""

from __future__ import annotations

from listloop.testing.world_culture import Culture, lines, names, places, trades

CULTURE = Culture(
    language="es",
    title="Spanish",
    women=names("""
        María, Carmen, Ana, Isabel, Dolores, Pilar, Teresa, Rosa, Cristina, Laura, Marta, Lucía, Elena, Mercedes,
        Raquel, Beatriz, Sara, Paula, Silvia, Julia, Irene, Patricia, Montserrat, Rocío, Andrea, Rosario, Encarnación,
        Alba, Sonia, Inmaculada, Nuria, Eva, Inés, Begoña, Concepción, Ana María, María José, Marisol, Ainhoa,
        Ximena"""),
    men=names("""
        Antonio, José, Manuel, Francisco, David, Juan, Javier, Daniel, Carlos, Jesús, Alejandro, Miguel, Rafael,
        Pedro, Pablo, Ángel, Sergio, Fernando, Jorge, Luis, Alberto, Álvaro, Adrián, Diego, Raúl, Iván, Rubén, Óscar,
        Ramón, Enrique, Vicente, Andrés, Joaquín, Iñaki, Víctor, Juan Carlos, José Luis, Héctor, Martín, Gonzalo"""),
    families=names("""
        García López, Rodríguez, González Pérez, Fernández, López Martín, Martínez Ruiz, Sánchez, Pérez, Gómez,
        Martín, Jiménez, Hernández, Ruiz, Díaz, Moreno, Muñoz, Álvarez, Romero, Gutiérrez, Alonso, Navarro, Torres,
        Domínguez, Ramos, Vázquez, Ramírez, Gil, Serrano, Morales, Molina, Blanco, Suárez, Castro, Ortega, Delgado,
        Ortiz, Marín, Rubio, Núñez, Medina, Sanz, Castillo, Iglesias, Cortés, Garrido, Santos, Guerrero, Lozano, Cano,
        Cruz, Méndez, Flores, Prieto, Herrera, Peña, León, Márquez, Cabrera, Gallego, Calvo, Vidal, Campos, Reyes,
        Vega, Fuentes, Carrasco, Aguilar, Caballero, Nieto, Santana, Pascual, Herrero, Montero, Hidalgo, Giménez,
        Ibáñez, Ferrer, Santiago, Benítez, Durán, Arias, Mora, Carmona, Crespo, de la Torre, del Río, de la Fuente,
        Echevarría"""),
    places=places("""
        Madrid; 280##; Spain; +34 410 000 ###
        Barcelona; 080##; Spain; +34 430 000 ###
        Valencia; 460##; Spain; +34 460 000 ###
        Sevilla; 410##; Spain; +34 450 000 ###
        Zaragoza; 500##; Spain; +34 476 000 ###
        Málaga; 290##; Spain; +34 452 000 ###
        Bilbao; 480##; Spain; +34 444 000 ###
        Salamanca; 370##; Spain; +34 423 000 ###
        A Coruña; 150##; Spain; +34 481 000 ###
        Logroño; 260##; Spain; +34 441 000 ###"""),
    streets=lines("""
        Calle Mayor, #
        Calle Real, #
        Avenida de la Constitución, #
        Plaza de España, #
        Calle del Sol, #
        Paseo de la Estación, #
        Calle San José, #
        Ronda de los Olivos, #
        Calle Cervantes, #
        Travesía del Pozo, #"""),
    trades=trades("""
        Óptica {}; optician
        Bodegas {}; wine
        Panadería {}; bakery
        Talleres {} S.L.; cars
        Muebles {} e Hijos; joinery
        Imprenta {}; printing
        Asesoría {}; tax advice
        Aceites {}; olive oil
        Instalaciones {} S.A.; electrical works
        Transportes {}; logistics
        Hostal {}; hotel
        Librería {}; books
        {} Arquitectos; architects
        {} Soluciones Informáticas; software
        Farmacia {}; pharmacy
        Viveros {}; nursery
        Conservas {}; preserves
        Bicicletas {}; bicycles
        Clínica Dental {}; dentist
        Cerámicas {}; tiles"""),
    jobs=names("""
        Director general/Directora general, Jefe de compras/Jefa de compras, Contable, Gerente,
        Responsable de marketing, Director comercial/Directora comercial, Administrativo/Administrativa,
        Propietario/Propietaria, Jefe de proyecto/Jefa de proyecto, Técnico/Técnica, Recursos humanos,
        Secretario/Secretaria"""),
    providers=("correo-ejemplo.example", "buzon.example", "micarta.example"),
    joint="{} y {}",
)

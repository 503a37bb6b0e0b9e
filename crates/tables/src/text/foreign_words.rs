//! Words that give a language away where a text is too short for trigrams.
//!
//! Function words and greetings of six languages, chosen by hand: each stands in at most 15 of the 50,334 English
//! tweets of SemEval-2017, and names, loan words and words of English are left out.

use std::collections::HashMap;
use std::sync::LazyLock;
use whatlang::Lang;

const LANGUAGES: [(Lang, &str); 6] = [
    (
        Lang::Spa,
        "ahora algo aquí bien bonita bonito buena buenas bueno buenos como cuando cómo donde día \
         días dónde encanta eres ese eso esta este esto estoy está están estás feliz fue gracias \
         había hacer hay hermosa hermoso hoy jaja jajaja mejor menos mis mucha mucho muy más nada \
         nueva nuevo nunca pero poco por porque puede puedo que quiero qué siempre soy también \
         tengo tiene tienen todos tus una vamos voy",
    ),
    (
        Lang::Por,
        "agora amei aqui bem com como ela ele entao então essa esse estou está ficou foi gente \
         hoje isso já kkk kkkk linda lindo mais melhor meu minha muita muito nada nao não \
         obrigada obrigado por porque pra quando que quero sempre seu sou sua são tambem também \
         tem tenho todos tudo uma vc voce você vou",
    ),
    (
        Lang::Fra,
        "aux avec avoir bien c'est cette dans elle fait ils j'ai j'aime jamais je les leur mais \
         merci mes n'est notre nous pas pour qu'il quand qui rien ses sont suis sur toujours tous \
         tres trop très une votre vous vraiment ça être",
    ),
    (
        Lang::Deu,
        "aber alles auch auf aus bei bitte danke dann das dass dein der dich diese dieser doch \
         echt ein eine einem einen einfach endlich euch fuer für ganz gute guten habe haben heute \
         hier ich immer ist jetzt kein keine leider mehr mein meine mich mir mit morgen muss nach \
         nicht nichts nie nur oder schon schön schöne sehr sich sind und viel von weil wenn wie \
         wieder wir wird zu über",
    ),
    (
        Lang::Ita,
        "alla anche ancora bellissima bellissimo bello bene che cosa così dei della fare fatto \
         grazie hai ho mia mio molto nel niente oggi perche perché più poi quando questa questo \
         qui sei sempre siamo sono tutti tutto una è",
    ),
    (
        Lang::Hin,
        "aap abhi accha acha apna apne aur bahut bhaiya bhi bohot desh gaya gya hai hain hota \
         iske jaise ka kaise kar karna ki koi kya kyun liye matlab mein mera meri nahi nahin nhi \
         phir raha rahe rahi sab sirf thi toh unke wale woh yaar yeh",
    ),
];

/// A bit for each of the languages that a word is of.
static WORDS: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| {
    let mut words: HashMap<&str, u8> = HashMap::new();
    for (place, (_, of_language)) in LANGUAGES.iter().enumerate() {
        for word in of_language.split_whitespace() {
            *words.entry(word).or_default() |= 1 << place;
        }
    }
    words
});

/// How many words of a text are of each language.
#[derive(Debug, Default)]
pub(super) struct ForeignWords([usize; LANGUAGES.len()]);

impl ForeignWords {
    /// Counts a word, which is in lower case and without the signs around it.
    pub(super) fn count(&mut self, word: &str) {
        let languages = WORDS.get(word).copied().unwrap_or(0);
        for (place, words) in self.0.iter_mut().enumerate() {
            *words += usize::from(languages >> place & 1);
        }
    }

    /// The language of most of the words, with their number; the first of equal ones, `None` without any.
    pub(super) fn most(&self) -> Option<(Lang, usize)> {
        let most = *self.0.iter().max()?;
        let place = self.0.iter().position(|words| *words == most)?;
        (most > 0).then_some((LANGUAGES[place].0, most))
    }
}

//! Words that every sentence of a language has, in the twenty languages most written on the platforms (Japanese and
//! Chinese part none). They name no niche. Words that mean something in another language (`car`, `die`, `bar`) are left
//! out.

use std::collections::HashSet;
use std::sync::LazyLock;

/// By language: English, German, French, Spanish, Italian, Portuguese, Dutch, Greek, Russian, Arabic, Turkish,
/// Vietnamese, Indonesian, Polish, Swedish, Danish, Norwegian and Hindi (in both its scripts).
const WORDS: [&str; 18] = [
    "a about after again all also always am an and any are as at be because been before being but by can cannot come could day days did \
     do does doing don done each even every few for from get go going got had has have having he her here hers him his how i if in into is it its \
     i'm i've it's just know let like made make many me more most much my myself never new next no not now of off on once one only or other our \
     ours out over own really same see she should so some still such than thank thanks that that's the their them then there these they thing \
     things this those through time to today too under until up us use very want was way we well were what when where which while who whom why \
     will with would yes you your yours you're don't can't didn't isn't",
    "aber alle allem allen alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da damit dann das dass dein deine dem den denn der \
     des dich dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer eure für gegen gewesen habe haben hatte hatten hier hin ich \
     ihm ihn ihnen ihr ihre im immer ins ist jede jedem jeden jeder jetzt kann kein keine können mehr mein meine meinem meinen meiner mich mir mit muss nach \
     nicht nichts noch nun nur ob oder ohne schon sehr sein seine seit sich sie sind so soll über um und uns unser unsere unter viel vom von vor wann was weil \
     wenn werden wie wieder wir wird wirklich wo wurde zu zum zur zwischen heute",
    "ai ainsi alors après au aucun aussi autre aux avait avant avec avoir c'est ça ce cela ces cet cette ceux chaque chez comme comment dans de depuis des donc du \
     elle elles en encore entre est et étais était été être eu fait faire faut ici il ils j'ai je jour la là le les leur leurs lors lui ma mais me même mes moi \
     moins mon n'est ne ni nos notre nous on ou où par parce pendant peu peut plus pour pourquoi pouvoir quand que quel quelle quelques qui quoi sa sans se sera \
     ses si soi sont sous suis sur ta te tes toi ton toujours tous tout toute toutes très trop tu un une va vers voici voilà vos votre vous vraiment",
    "al algo alguna algunas algunos ante antes aquel aquí así aun aunque bien cada como cómo con contra cual cuál cuando cuándo cuanto de del desde día días donde dónde \
     dos durante el él ella ellas ellos en entre era eran eres es esa esas ese eso esos está están estar este esta estas esto estos estoy fue gracias \
     ha hace hacer hasta hoy la las le les lo los más me mi mí mientras mis mucho muchos muy nada ni no nos nosotros nuestra nuestro o os otra otro otros \
     para pero poco por porque pues puede que qué quien quién quiero se sea según ser si sí siempre sin sobre solo sólo son soy su sus también tan tanto te tengo \
     tiene todo toda todos todas tu tú tus un una uno unos vamos ver vez voy y ya yo",
    "ad adesso agli ai al alla alle allo anche ancora avere aveva c'è che chi ci come con contro cosa così cui da dagli dai dal dalla degli dei del dell della delle \
     dello dentro di dopo dove due e è ed era essere fa fare fatto fra già gli grazie ha hai hanno ho i il in io la le lei li lo loro lui ma me meno mi mia mie miei mio \
     molto ne negli nei nel nella nelle nello niente no noi non nostra nostro o ogni oggi per perché però più poi prima qua quale quando quanto quella quelle quelli \
     quello questa queste questi questo qui quindi se sei sempre senza si sia siamo sono sopra sta stata stato su sua sue sugli sui sul sulla suo tra tu tua tue tuo tutta tutte tutti tutto \
     un una uno vi voi",
    "à agora ainda além algo alguém algum ao aos apenas aqui as assim até bem cada coisa com como da das de dela dele deles depois dia do dos e é ela elas ele eles em \
     enquanto entre era essa esse esta está estão este estou eu faz fazer foi for gente há hoje isso isto já lá lhe mais mas me mesmo meu meus minha minhas muito muita na nada não nas nem \
     no nos nós nossa nosso num numa nunca o obrigado obrigada onde os ou para pela pelas pelo pelos pode por porque pra pro qual quando que quem quero são se seja sem sempre ser seu seus só sobre sou \
     sua suas também tão te tem têm tenho ter teu toda todas todo todos tudo tua um uma umas uns vai vamos você vocês vos",
    "aan al alle alleen als altijd andere ben bent bij daar dan dat de deze die dit doen door dus een eens elke en er even ge geen gewoon ging goed had heb hebben heeft hem het hier hij hoe hun iets ik in is \
     ja je jij jou jouw jullie kan kon kunnen maar me meer mee met mij mijn moet na naar net niet niets nog nooit nu of om omdat ons onze ook op over te toch toen tot u uit uw van vandaag veel veen voor waar waarom was wat we weer wel wie wij wil worden wordt zal ze \
     zelf zich zij zijn zo zonder zou",
    "αλλά αν από απο αυτά αυτές αυτή αυτήν αυτό αυτοί αυτός αυτών για δε δεν εγώ εδώ είμαι είναι εισαι είσαι εκεί ένα ένας έναν εμάς εσείς εσύ έχει έχω ή ήταν θα ίσως κάθε και κάτι καλά κι μα μας με μέσα μετά μη μην \
     μια μία μου μόνο μπορεί να ναι ξανά ο οι όλα όλη όλο όλοι όμως όπως όπου όταν ότι όχι πάλι πάντα παρά πια πιο ποιος πολύ που πού προς πρέπει πριν πως πώς σαν σας σε σήμερα στα στη στην στις στο στον στους στου τα τη την της τι τίποτα τις το τον του τους \
     τότε τώρα των ως",
    "без более больше будет будто бы был была были было быть в вам вас ваш ведь весь вдруг во вот впрочем все всегда всего всех всё всю вы где да даже два для до день другой его ее её ей ему если есть еще ещё ж же за зачем здесь и из или им иногда их к как какая какой \
     когда конечно который кто куда ли лучше между меня мне много может можно мой моя мои моё мы на над надо наконец нас наш не него нее ней нельзя нет ни нибудь никогда ним них ничего но ну о об один он она они оно опять от очень перед по под после потом потому \
     почти при про просто раз разве с сам свою свои себе себя сегодня сейчас со совсем спасибо так такой там тебя тем теперь то тогда того тоже только том тот три тут ты у уж уже хорошо хоть чего чем через что чтоб чтобы чуть эти это этого этой этом этот эту я",
    "من في على إلى الى عن مع هذا هذه ذلك تلك التي الذي الذين هو هي هم هن انا أنا انت أنت نحن ما ماذا لا لم لن ليس كان كانت يكون قد كل بعض غير بين بعد قبل عند عندما حتى إذا اذا إن ان أن او أو ثم لكن كما كيف أين اين متى لماذا يا به بها له لها لهم فيه فيها منه منها عليه عليها \
     اليوم كذلك جدا وال هناك هنا أي اي حيث منذ نفس شكرا الله",
    "acaba ama ancak artık aslında az bana bazen bazı belki ben benden beni benim bile bir birçok biri birkaç bir şey biz bize bizi bizim böyle bu buna bunda bunu bunun burada çok çünkü da daha de değil diye en gibi göre ha hem hep hepsi her hiç için içinde ile ise işte \
     iyi kadar ki kim kimse mı mi mu mü nasıl ne neden nerede niçin niye o olan olarak oldu olsun olur ona onlar onu onun orada önce sadece sana sen seni senin siz sizin sonra şey şimdi şu tüm var ve veya ya yani yine yok zaman zaten",
    "ai anh bạn bao bây bị bởi các cái cần càng cho chỉ chị chưa chứ có con còn cũng của cùng cứ đã đang đây đấy để đến đi điều do đó được dưới em gì giờ hay hãy hết hơn hôm khác khi không là lại làm lên luôn mà mình mỗi một mọi muốn mới nào này nay nên nếu ngay người nhau như nhưng \
     những nhé nhỉ nhiều nữa ở ơi phải qua quá ra rằng rất rồi sao sau sẽ sự ta tại thật theo thì thôi thế tôi trên trong trước từ từng và vẫn vào vậy vì với vừa xem xong",
    "ada adalah agar akan aku anda apa apakah atau bagi bahwa banget banyak baru begitu belum bersama bisa boleh buat bukan dalam dan dari dengan di dia dong gak ga ini itu jadi jangan jika juga kak kalau kalian kalo kami kamu karena kan kapan ke kita kok lagi lah lalu lebih loh \
     maka mana masih mau mereka nih nya nggak oleh pada paling para pernah punya saat saja saya sama sampai sangat satu sebagai sebuah sedang sekali sekarang selalu semua seperti sering serta setelah setiap si siapa sudah suka supaya tak tapi telah tentang terus tidak udah untuk \
     ya yang yg yuk",
    "aby albo ale ani bardzo bez bo być był była było były będzie by ci ciebie co coś cię czy czyli dla do dziś dzisiaj gdy gdzie go i ich ile im inne ja jak jaki jako je jeden jednak jego jej jest jestem jeszcze jeśli już kiedy kto który która które lub ma mam mi między mnie może moja \
     moje moim mój można mu my na nad nam nas nasz nawet nic nie nich nigdy niż no o od ona one oni ono oraz po pod poza przed przez przy raz się sobie są ta tak taki także tam te tego tej ten teraz też to tu tutaj tylko tym u w was we więc wszystko wy z za zawsze ze że żeby",
    "alla allt alltid att av blev bli blir då de dem den denna deras dess det detta dig din dina du där efter eller en er ett för från genom ha hade han hans har hej hela henne här hon honom hur i idag igen in inte jag ju kan kommer lite man massa med mellan men mer mig min mina mitt mot mycket \
     måste ni nu när något några och också om oss på samma sedan sig sin sina ska skulle som så till tack under upp ut utan vad var vara varför vi vid vill vilken är över",
    "ad af aldrig alle alt altid anden at bare blev blive bliver da de dem den denne der deres det dette dig din dine disse dog du efter eller en end er et flere for fra få går ham han hans har havde have hej hele her hos hun hvad hvem hver hvis hvor hvordan i idag igen ikke ind ingen jeg jer jo kan kom \
     kun kunne lidt man mange med meget men mere mig min mine mit mod må ned nogen noget nogle nok nu når og også om op os over på selv sig sin sine skal skulle som så tak til ud under var ved vi vil ville vor være været",
    "alle alt alltid at av bare begge ble bli blir da de dem den denne der deres det dette deg din ditt du eller en enn er et etter fikk for fordi fra før få gjør ha hadde han hans har hei hele hennes her hun hva hvem hver hvis hvor hvordan i idag igjen ikke ingen inn jeg kan kom kunne litt man mange med meg \
     meget mellom men mer min mitt mot mye må ned noe noen nok nå når og også om opp oss over på seg selv sin sine skal skulle slik som så takk til under ut uten var ved vi vil ville vår være vært",
    "aap aaj ab aur apna apne apni bahut bas bhi ek ho hai hain hi hoga hota hu hun hum is iss ja jab jo ka kaise kab kabhi kar karna karo ke ki kisi ko koi kuch kya kyu kyun le liye lo main mai me mein mera mere meri mujhe na nahi nhi ne par pe phir raha rahe rahi sab se sirf tak tera tere teri to toh tu tum wala wale \
     wali wo woh ya ye yeh hona और का की के को है हैं में से पर यह ये वह वो भी ही तो एक हो था थी थे कि जो मैं हम आप तुम मेरा मेरी मेरे अपना अपने अपनी क्या क्यों कैसे कब नहीं ना कुछ सब लिए साथ बहुत कर करना रहा रहे रही गया अब फिर जब तक बस",
];

static ALL: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut all = HashSet::new();
    for word in WORDS.iter().flat_map(|list| list.split_whitespace()) {
        all.extend(super::tokens(word));
        all.extend(super::tokens::tokens_as_written(word));
    }
    all
});

/// Whether a word, in lower case, is one of grammar in any of the languages, with its accents or without.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    ALL.contains(word)
}

#[cfg(test)]
mod tests {
    use super::is_stop_word;

    #[test]
    fn words_of_grammar_name_nothing_and_words_of_niches_do() {
        for word in [
            "and", "και", "για", "μου", "và", "của", "yang", "için", "для", "من", "और", "więc",
            "ikke", "och", "pour",
        ] {
            assert!(is_stop_word(word), "{word}");
        }
        for word in [
            "car", "hair", "fit", "art", "food", "run", "mode", "sport", "vin", "mama", "musica",
            "thời", "làng",
        ] {
            assert!(!is_stop_word(word), "{word}");
        }
    }
}

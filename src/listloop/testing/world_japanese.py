"""Japanese names, towns and trades. Japan keeps no phone range for fiction: no local number begins with 0."""

from __future__ import annotations

from listloop.testing.world_culture import Culture, lines, names, places, trades

CULTURE = Culture(
    language="ja",
    title="Japanese",
    women=names("""
        陽子=Yoko, 恵子=Keiko, 幸子=Sachiko, 和子=Kazuko, 京子=Kyoko, 智子=Tomoko, 裕子=Yuko, 由美子=Yumiko,
        久美子=Kumiko, 真由美=Mayumi, 明美=Akemi, 直美=Naomi, 美香=Mika, 美穂=Miho, 愛=Ai, 彩=Aya, 麻衣=Mai, 舞=Mai,
        恵=Megumi, 香織=Kaori, さくら=Sakura, 美咲=Misaki, 七海=Nanami, 葵=Aoi, 結衣=Yui, 陽菜=Hina, 凛=Rin,
        千尋=Chihiro, 花子=Hanako, 文=Fumi, 春香=Haruka, 桃子=Momoko, 奈々=Nana, 里美=Satomi, 友美=Tomomi, 順子=Junko,
        節子=Setsuko, 静香=Shizuka, 梓=Azusa, 瞳=Hitomi"""),
    men=names("""
        大輔=Daisuke, 健一=Kenichi, 拓也=Takuya, 翔太=Shota, 誠=Makoto, 隆=Takashi, 浩=Hiroshi, 茂=Shigeru, 勝=Masaru,
        清=Kiyoshi, 博=Hiroshi, 実=Minoru, 豊=Yutaka, 進=Susumu, 修=Osamu, 学=Manabu, 徹=Toru, 哲也=Tetsuya,
        直樹=Naoki, 健太=Kenta, 大樹=Daiki, 翔=Sho, 蓮=Ren, 悠真=Yuma, 陽翔=Haruto, 湊=Minato, 樹=Itsuki, 太郎=Taro,
        一郎=Ichiro, 次郎=Jiro, 三郎=Saburo, 亮=Ryo, 剛=Tsuyoshi, 聡=Satoshi, 潤=Jun, 祐介=Yusuke, 雅之=Masayuki,
        和也=Kazuya, 正樹=Masaki, 信夫=Nobuo"""),
    families=names("""
        佐藤=Sato, 鈴木=Suzuki, 高橋=Takahashi, 田中=Tanaka, 伊藤=Ito, 渡辺=Watanabe, 山本=Yamamoto, 中村=Nakamura,
        小林=Kobayashi, 加藤=Kato, 吉田=Yoshida, 山田=Yamada, 佐々木=Sasaki, 山口=Yamaguchi, 松本=Matsumoto,
        井上=Inoue, 木村=Kimura, 林=Hayashi, 斎藤=Saito, 清水=Shimizu, 山崎=Yamazaki, 森=Mori, 池田=Ikeda,
        橋本=Hashimoto, 阿部=Abe, 石川=Ishikawa, 山下=Yamashita, 中島=Nakajima, 石井=Ishii, 小川=Ogawa, 前田=Maeda,
        岡田=Okada, 長谷川=Hasegawa, 藤田=Fujita, 後藤=Goto, 近藤=Kondo, 村上=Murakami, 遠藤=Endo, 青木=Aoki,
        坂本=Sakamoto, 福田=Fukuda, 太田=Ota, 西村=Nishimura, 藤井=Fujii, 金子=Kaneko, 岡本=Okamoto, 藤原=Fujiwara,
        三浦=Miura, 中野=Nakano, 原田=Harada, 松田=Matsuda, 竹内=Takeuchi, 小野=Ono, 中山=Nakayama, 田村=Tamura,
        河野=Kono, 和田=Wada, 石田=Ishida, 上田=Ueda, 森田=Morita, 柴田=Shibata, 酒井=Sakai, 工藤=Kudo, 横山=Yokoyama,
        宮崎=Miyazaki, 宮本=Miyamoto, 内田=Uchida, 高木=Takagi, 安藤=Ando, 谷口=Taniguchi, 大野=Ono, 丸山=Maruyama,
        今井=Imai, 高田=Takada, 藤本=Fujimoto"""),
    places=places("""
        東京都千代田区; 100-00##; Japan; +81 3-0###-####
        横浜市; 220-00##; Japan; +81 45-0##-####
        大阪市; 530-00##; Japan; +81 6-0###-####
        名古屋市; 450-00##; Japan; +81 52-0##-####
        札幌市; 060-00##; Japan; +81 11-0##-####
        福岡市; 810-00##; Japan; +81 92-0##-####
        京都市; 600-80##; Japan; +81 75-0##-####
        神戸市; 650-00##; Japan; +81 78-0##-####
        仙台市; 980-00##; Japan; +81 22-0##-####
        金沢市; 920-08##; Japan; +81 76-0##-####"""),
    streets=lines("""
        本町1丁目#
        中央2丁目#
        栄町3丁目#
        緑町1丁目#
        旭町4丁目#
        駅前通り#
        桜台2丁目#
        大手町1丁目#
        寺町通#
        港町5丁目#"""),
    trades=trades("""
        {}眼鏡店; optician; {} Megane
        {}製作所; machines; {} Seisakusho
        {}酒造; sake; {} Shuzo
        {}印刷; printing; {} Insatsu
        {}自動車; cars; {} Jidosha
        {}会計事務所; tax advice; {} Kaikei
        {}電機; electrical works; {} Denki
        {}運輸; logistics; {} Unyu
        {}旅館; hotel; {} Ryokan
        {}書店; books; {} Shoten
        {}建築設計; architects; {} Kenchiku
        {}ソフトウェア; software; {} Software
        {}薬局; pharmacy; {} Yakkyoku
        {}園芸; nursery; {} Engei
        {}紙器; packaging; {} Shiki
        {}輪業; bicycles; {} Ringyo
        {}茶舗; tea; {} Chaho
        {}陶器; tiles; {} Toki
        {}木工; joinery; {} Mokko
        {}製菓; bakery; {} Seika"""),
    jobs=names("""
        代表取締役, 購買部長, 経理, 営業部長, 営業課長, 総務, マーケティング, 情報システム部, 店長, 工場長, 人事部,
        技術顧問"""),
    providers=("tegami.example", "yubin.example", "fumi-bako.example"),
    joint="{}・{}",
)

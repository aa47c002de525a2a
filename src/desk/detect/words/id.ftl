# Peringatan dalam bahasa Indonesia. Satu pesan untuk satu jenis peringatan; atribut: apa yang
# terjadi, apa yang biasa, apa artinya bagi pabrik, apa yang harus diperiksa.

outcome = { $result ->
    [ok] dilaksanakan
    [accepted] diterima perangkat
    [refused] ditolak perangkat
    [no-answer] tanpa jawaban
    [unacknowledged] tidak memerlukan jawaban
   *[other] jawaban tidak terlihat
}

act = “{ $operation }”{ $placed ->
    [0] {""}
   *[other] {" pada "}{ $place }
}{ $valued ->
    [0] {""}
   *[other] {" = "}{ $value }
} ({ outcome })

did = { $actor } { $tells ->
    [0] meminta
   *[other] memberi tahu
} { $device }: { act }.

new-host = Perangkat baru di jaringan
    .what = { $actor } ada di jaringan dan tidak termasuk perangkat yang dipelajari ({ $protocol }).
    .usual = Sejak { $since } ada { $known } perangkat yang dipelajari di sini; perangkat ini tidak termasuk.
    .plant = Perangkat yang tersambung tanpa pemberitahuan bisa jadi laptop teknisi atau pijakan penyusup.
    .check = Tanyakan siapa yang menyambungkan { $actor } dan untuk pekerjaan apa; cari port switch-nya.

new-conversation = Percakapan baru
    .what = { $actor } mulai berkomunikasi dengan { $device } ({ $service }).
    .usual = { $stations ->
        [0] Sejak { $since } tidak terlihat ada yang memakai { $service } pada { $device }.
       *[other] Sejak { $since } hanya { $others } yang memakai { $service } pada { $device }.
    }
    .plant = Jalur antara dua perangkat ini belum pernah terlihat dipakai; percakapan saja tidak mengubah apa pun.
    .check = Tanyakan apakah { $actor } memang perlu berhubungan dengan { $device }.

new-station = Stasiun mengakses perangkat untuk pertama kali
    .what = { did }
    .usual = { $stations ->
        [0] Sejak { $since } belum terlihat ada yang mengakses { $device } dengan protokol ini.
       *[other] Sejak { $since } hanya { $others } yang mengakses { $device }.
    }
    .plant = Stasiun yang tidak dikenal di sini bertindak pada perangkat itu; yang dilakukannya tertulis di atas.
    .check = Lihat apa yang digerakkan titik tersebut dan apakah prosesnya berubah; tanyakan siapa yang memakai { $actor } dan apakah pekerjaan ini direncanakan.

new-operation = Stasiun melakukan hal baru pada perangkat
    .what = { did }
    .usual = { $stations ->
        [0] Sejak { $since } tidak ada yang melakukan ini pada { $device }; { $actor } biasa melakukan: { $does }.
       *[other] Sejak { $since } hanya { $others } yang melakukan ini pada { $device }; { $actor } biasa melakukan: { $does }.
    }
    .plant = Stasiun yang dikenal tetapi bertindak lain bisa jadi disalahgunakan, atau sedang ada pekerjaan di sana.
    .check = Tanyakan kepada operator { $actor } apakah ini tindakannya.

new-place = Operasi yang sudah dikenal pada titik data baru
    .what = { did }
    .usual = { $actor } melakukannya { $times } kali sejak { $since }, belum pernah pada titik itu; titik terdekat yang dikenal: { $nearest }.
    .plant = Bagian perangkat yang dipakai berbeda dari operasi sehari-hari.
    .check = Cari tahu titik apa ini, dan tanyakan apakah memang disengaja.

new-value = Nilai di luar kebiasaan
    .what = { did }
    .usual = Dari { $times } kali sejak { $since } nilainya { $usual }.
    .plant = Setelan yang belum pernah dipakai dapat membawa proses keluar dari batasnya.
    .check = Tanyakan ke ruang kendali apakah mereka menyetel { $new }.

no-conduit = Percakapan antarzona tanpa konduit
    .what = { $actor } di zona “{ $from }” berkomunikasi dengan { $device } di zona “{ $to }” ({ $service }).
    .usual = { $conduits ->
        [0] { $leading ->
            [0] Tidak ada konduit menuju zona “{ $to }”.
           *[other] Tidak ada konduit dari zona “{ $from }” ke zona “{ $to }”; konduit ke sana hanya dari: { $sources }.
        }
       *[other] Dari zona “{ $from }” ke zona “{ $to }” yang boleh lewat: { $allowed }.
    }
    .plant = Zona menjaga agar gangguan di satu bagian pabrik tidak menjalar ke bagian lain; di sini ada jalan yang melewatinya.
    .check = Tanyakan siapa yang memerlukan jalan ini. Jika memang perlu, tambahkan ke berkas zona; jika tidak, tutup di firewall atau switch.

conduit-exceeded = Operasi yang tidak diizinkan konduit antarzona
    .what = { did } Operasi ini berjalan dari zona “{ $from }” ke zona “{ $to }”.
    .usual = { $conduits ->
        [0] Tidak ada konduit dari zona “{ $from }” ke zona “{ $to }”.
       *[other] Dari zona “{ $from }” ke zona “{ $to }” yang boleh lewat: { $allowed }; operasi ini termasuk kelas { $class }.
    }
    .plant = Zona lain, bukan zona yang bertanggung jawab, menjangkau bagian pabrik ini.
    .check = Tanyakan siapa yang memakai { $actor } dan apakah pekerjaan ini direncanakan; jika memang perlu, izinkan kelasnya di berkas zona.

forbidden = Operasi yang dilarang oleh garis dasar
    .what = { did }
    .usual = Dilarang oleh { $by }: { $why }.
    .plant = Yang terjadi sudah dilarang oleh orang-orang di lokasi ini.
    .check = Hentikan bila masih berlangsung; tanyakan { $by } dan operator { $actor }.

new-report = Perangkat melapor ke stasiun untuk pertama kali
    .what = { $actor } memberi tahu { $device }: { act }.
    .usual = Sebelumnya keduanya tidak terlihat berhubungan.
    .plant = Komputer lain mungkin menerima data yang ditujukan ke ruang kendali, atau ada yang menyamar sebagai perangkat ini.
    .check = Lihat apakah yang diberitahukan perangkat itu benar; tanyakan apakah { $device } adalah stasiun milik pabrik ini, dan apakah { $actor } memang perangkatnya.

address-moved = Alamat berpindah ke kartu jaringan lain
    .what = { $device } sekarang mengirim dari { $mac }; sebelumnya { $before } yang mengirim untuk alamat ini.
    .usual = Sebuah alamat tetap pada kartu jaringannya sampai perangkat atau kartunya diganti.
    .plant = Pihak yang mengambil alih sebuah alamat menerima apa yang ditujukan ke perangkat itu, atau berbicara atas namanya.
    .check = Tanyakan apakah { $device } diganti atau dipindahkan; jika tidak, cari port switch dari { $mac }.

address-conflict = Dua kartu jaringan dengan satu alamat
    .what = { $mac } dan { $before } sama-sama mengirim untuk { $device } dalam satu menit.
    .usual = Satu alamat dimiliki satu kartu jaringan.
    .plant = Stasiun bergantian kehilangan { $device }, atau berbicara dengan pihak yang berpura-pura menjadi perangkat itu.
    .check = Cari port switch dari { $mac } dan { $before }, lalu lepaskan yang tidak semestinya ada di sana.

man-in-the-middle = Ada pihak yang berdiri di antara dua perangkat
    .what = { $mac } mengambil alih alamat { $device } dan { $other } yang saling berkomunikasi; sebelumnya { $before } yang mengirim untuk { $device }.
    .usual = Keduanya saling mengirim dari kartu jaringan masing-masing.
    .plant = Pihak di antara keduanya dapat membaca, mengubah atau menahan isi komunikasi; layar bisa menampilkan yang tidak sebenarnya.
    .check = Cari port switch dari { $mac } dan lepaskan; bandingkan nilai di lapangan dengan nilai di ruang kendali.

address-given = Perangkat pabrik diberi alamat lain
    .what = { $mac }, yang tadinya memakai { $device }, diberi { $given } melalui DHCP atau BOOTP.
    .usual = Perangkat pabrik mempertahankan alamatnya: dengan itulah stasiun dan perangkat lain menemukannya.
    .plant = Pihak yang memanggil { $device } kehilangan perangkat itu: tampilan menahan nilai terakhir, dan perintah tidak sampai.
    .check = Tanyakan siapa yang mengatur alamat itu; jika tidak ada, cari server yang memberikannya, lalu kembalikan { $device }.

two-systems = Dua sistem mengirim dengan satu alamat
    .what = { $device } biasa mengirim dengan batas hop { $usual }, dan sekarang, dari kartu jaringan { $mac } yang sama, dengan { $hops }, yang dipakai sistem operasi lain.
    .usual = Sebuah perangkat mengirim dengan batas hop sistemnya sendiri.
    .plant = Mungkin ada pihak yang mengirim atas nama { $device }: perintah dan nilainya belum tentu dari perangkat itu.
    .check = Cari port switch tempat { $mac } terlihat; bandingkan yang ditampilkan { $device } di lapangan dengan yang diterima.

host-scan = Stasiun mencari perangkat di jaringan
    .what = Dalam { $seconds } detik { $actor } mencoba { $count } alamat yang menolak atau tidak menjawab, terakhir { $device }.
    .usual = Stasiun yang bekerja normal menghubungi perangkat yang memang ada, dan mendapat jawaban.
    .plant = Pencarian seperti ini sering menjadi langkah pertama serangan; bisa juga pemeliharaan yang direncanakan. Pengendali lama bisa berhenti menjawab saat dipindai.
    .check = Tanyakan siapa yang memakai { $actor } dan apakah pemindaian ini direncanakan; periksa perangkat mana saja yang berhasil dihubunginya.

port-scan = Stasiun mencoba port-port sebuah perangkat
    .what = Dalam { $seconds } detik { $actor } mencoba { $count } port pada { $device } yang menolak atau tidak menjawab.
    .usual = Stasiun hanya memakai beberapa layanan yang diperlukannya, dan layanan itu menjawab.
    .plant = Pencarian layanan terbuka sering menjadi langkah pertama serangan; bisa juga pemeliharaan yang direncanakan. Pengendali lama bisa berhenti menjawab saat dipindai.
    .check = Tanyakan siapa yang memakai { $actor } dan apakah pemindaian ini direncanakan; pastikan { $device } masih bekerja.

device-scan = Stasiun mencoba-coba isi sebuah perangkat
    .what = Dalam { $seconds } detik { $device } menolak { $count } { $kind ->
        [units] unit
        [functions] fungsi
       *[places] alamat
    } berbeda yang diminta { $actor }.
    .usual = Stasiun tahu apa yang dimintanya dari perangkat, dan jarang ditolak.
    .plant = Pihak yang mencoba-coba isi perangkat bisa menemukan cara mengubah proses.
    .check = Tanyakan siapa yang memakai { $actor }; periksa apakah konfigurasinya sesuai dengan { $device }.

conversation-flood = Banjir percakapan ke satu perangkat
    .what = Dalam { $seconds } detik { $count } percakapan dibuka ke { $device } oleh { $senders ->
        [one] { $actor }
       *[several] beberapa pengirim, yang terakhir { $actor }
    }.
    .usual = Jaringan pabrik membuka sedikit percakapan dan mempertahankannya; sebuah pengendali hanya punya tempat untuk beberapa puluh.
    .plant = Perangkat yang dibanjiri bisa terlambat atau berhenti menjawab stasiunnya, atau mulai ulang.
    .check = Pastikan { $device } masih bekerja; cari port switch asal banjir ini.

many-senders = Banyak pengirim tak dikenal ke satu perangkat
    .what = Dalam { $seconds } detik { $count } alamat yang tidak dikenal mengirim sesuatu ke { $device } dan tidak ada yang dijawab; yang terakhir { $actor }.
    .usual = Sebuah perangkat dipakai oleh sedikit stasiun, dan menjawab mereka.
    .plant = Pengirim palsu dapat menghabiskan koneksi { $device } sehingga stasiun kehilangan perangkat itu.
    .check = Pastikan { $device } masih bekerja; cari port switch asal paket-paket ini.

new-reader = Stasiun membaca dari perangkat untuk pertama kali
    .what = { did }
    .usual = { $stations ->
        [0] Sejak { $since } belum terlihat ada yang mengakses { $device } dengan protokol ini.
       *[other] Sejak { $since } hanya { $others } yang mengakses { $device }.
    }
    .plant = Membaca tidak mengubah apa pun, tetapi begitulah cara orang mencari titik mana yang penting.
    .check = Tanyakan siapa yang memakai { $actor } dan untuk apa data itu dipakai.

silent = Percakapan terhenti
    .what = { $actor } sudah { $pause } detik tidak berkomunikasi dengan { $device } ({ $protocol }); paket terakhir adalah frame { $frame }.
    .usual = Sebelumnya { $actor } berkomunikasi { $times } kali, setiap { $mean } detik, dengan jeda tidak pernah lebih dari { $longest } detik.
    .plant = Ruang kendali mungkin melihat nilai lama, dan { $device } mungkin berjalan tanpa pengawasan.
    .check = Periksa apakah { $device } masih bekerja dan menjawab, dan apakah { $actor } serta switch di antaranya hidup.

unanswered = Perangkat tidak menjawab lagi
    .what = { $device } membiarkan { $requests } permintaan dari { $actor } ({ $protocol }) tanpa jawaban selama { $span } detik; yang pertama adalah frame { $frame }.
    .usual = Sebelumnya { $answered } permintaan dari stasiun ini dijawab.
    .plant = Ruang kendali melihat nilai lama, dan perintah tidak sampai; { $device } mungkin berhenti, dimulai ulang, atau kelebihan beban.
    .check = Periksa apakah { $device } berjalan, dan apakah kabel serta switch-nya hidup; lihat apa yang dikirim kepadanya sebelum itu.

refusals = Perangkat menolak banyak permintaan
    .what = { $device } menolak { $refused } dari { $asked } permintaan { $actor } ({ $protocol }) dalam sepuluh detik.
    .usual = Sebelumnya ditolak { $seldom } dari { $answered }.
    .plant = Sebuah stasiun meminta yang tidak ada pada perangkat: konfigurasinya atau konfigurasi perangkat diubah, atau seseorang mencoba-coba apa yang ada.
    .check = Tanyakan apakah program atau daftar titik { $device } atau { $actor } diubah; lihat apa yang ditolak.

late-answers = Perangkat menjawab lebih lambat dari biasanya
    .what = { $device } rata-rata perlu { $mean } milidetik untuk menjawab { $actor } ({ $protocol }), selama tiga menit.
    .usual = Dalam { $minutes } menit sebelumnya, rata-rata semenit yang paling lambat adalah { $slowest } milidetik.
    .plant = Perangkat lebih sibuk dari biasanya, perangkat lain menjawab menggantikannya, atau ada yang berdiri di antara keduanya.
    .check = Periksa beban { $device } dan siapa lagi yang memakainya, dan apakah port switch atau kabelnya diubah.

identity-changed = Perangkat mengaku sebagai perangkat lain
    .what = { $device }{ $inside ->
        [0] {""}
       *[other] {" (unit "}{ $unit })
    } sekarang mempunyai { $property ->
        [order-number] nomor pesanan
        [serial] nomor seri
        [project] program
       *[firmware] firmware
    } { $now }; sebelumnya { $before } (frame { $frame }).
    .usual = Sejak { $since } yang disebutkan adalah yang lain itu.
    .plant = Perangkat diganti, firmware atau programnya diubah, atau sesuatu menjawab atas namanya.
    .check = Tanyakan apakah { $device } sedang dikerjakan; bandingkan isinya dengan yang sudah disetujui.

forbidden-conversation = Percakapan yang dilarang oleh garis dasar
    .what = { $actor } berkomunikasi dengan { $device } ({ $service }).
    .usual = Dilarang oleh { $by }: { $why }.
    .plant = Dipakai jalur yang sudah dilarang oleh orang-orang di lokasi ini.
    .check = Tutup jalur itu bila tidak diperlukan; tanyakan { $by } dan pemakai { $actor }.

forbidden-host = Perangkat yang dilarang oleh garis dasar
    .what = { $actor } terlihat di jaringan.
    .usual = Dilarang oleh { $by }: { $why }.
    .plant = Tersambung perangkat yang sudah dilarang oleh orang-orang di lokasi ini.
    .check = Cari port switch-nya; tanyakan { $by } dan siapa yang menyambungkan { $actor }.

# Di belakang apa yang biasa.
doubted = Hal ini juga terlihat selama masa belajar, tetapi hanya dari stasiun yang saat itu memindai jaringan, jadi tidak dihitung sebagai kebiasaan.

test = Peringatan uji
    .what = Seseorang mengirim peringatan uji dengan `jaga test-alert`.
    .usual = Tidak ada yang terjadi di jaringan.
    .plant = Tidak ada: tidak ada perangkat yang terkait.
    .check = Bahwa peringatan ini terlihat di tempat peringatan harus terlihat, dan oleh siapa.

# Mengapa peringatan sepenting itu.
grounds = Tingkat keparahan { $severity } (1 paling berat, 4 catatan): { $grounds }.
ground-criticality = tingkat kekritisan tindakan ini { $criticality } (0 pembacaan rutin, 5 penghentian atau program lain)
ground-novelty = { $scope ->
    [value] hanya nilainya yang baru
    [place] hanya titik datanya yang baru
    [act] baru bagi stasiun ini
    [station] belum pernah ada yang seperti ini antara keduanya
   *[site] belum pernah ada yang terlihat melakukannya di lokasi ini
}
ground-refused = perangkat menolaknya, jadi lebih ringan
ground-unsettled = operasi ini terlalu jarang terlihat, jadi titik baru belum banyak berarti
ground-anew = program perangkat diubah sesuai rencana, dan yang biasa dipelajari ulang
ground-important = daftar lokasi menyebut perangkat ini { $importance ->
    [critical] kritis
   *[high] penting
}, jadi lebih berat
ground-unimportant = daftar lokasi menyebut perangkat ini kurang penting, jadi lebih ringan
ground-crossing = operasi ini melintas dari zona “{ $from }” ke zona “{ $to }” tanpa konduit yang mengizinkannya
ground-planned = pekerjaan terencana, jadi hanya catatan

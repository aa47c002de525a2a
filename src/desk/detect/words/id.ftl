# Peringatan dalam bahasa Indonesia. Satu pesan untuk satu jenis peringatan; atribut: apa yang
# terjadi, apa yang biasa, apa artinya bagi pabrik, apa yang harus diperiksa.

outcome = { $result ->
    [ok] dilaksanakan
    [accepted] diterima perangkat
    [refused] ditolak perangkat
    [no-answer] tanpa jawaban
    [unacknowledged] tidak perlu jawaban
   *[other] jawaban tidak terlihat
}

act = “{ $operation }”{ $placed ->
    [0] {""}
   *[other] {" pada "}{ $place }
}{ $valued ->
    [0] {""}
   *[other] {" = "}{ $value }
} ({ outcome })

did = { $actor } meminta { $device }: { act }.

new-host = Perangkat baru di jaringan
    .what = { $actor } terlihat untuk pertama kali ({ $protocol }).
    .usual = Sejak { $since } ada { $known } perangkat yang terlihat di sini, yang ini belum pernah.
    .plant = Perangkat yang tidak diberitahukan bisa jadi laptop teknisi atau pijakan penyusup.
    .check = Tanyakan siapa yang menyambungkan { $actor } dan untuk pekerjaan apa; cari port switch-nya.

new-conversation = Percakapan baru
    .what = { $actor } mulai berkomunikasi dengan { $device } ({ $service }).
    .usual = { $stations ->
        [0] Sejak { $since } tidak ada yang memakai { $service } pada { $device }.
       *[other] Sejak { $since } hanya { $others } yang memakai { $service } pada { $device }.
    }
    .plant = Jalur antara dua perangkat yang belum pernah dipakai; belum ada yang diubah lewat jalur ini.
    .check = Tanyakan apakah { $actor } memang bertugas pada { $device }.

new-station = Stasiun mengakses perangkat untuk pertama kali
    .what = { did }
    .usual = { $stations ->
        [0] Sejak { $since } tidak ada yang bekerja pada { $device } dengan protokol ini.
       *[other] Sejak { $since } hanya { $others } yang bekerja pada { $device }.
    }
    .plant = Pihak yang tidak dikenal di sini dapat membaca atau mengubah jalannya proses.
    .check = Tanyakan siapa yang memakai { $actor } dan apakah pekerjaan ini direncanakan.

new-operation = Stasiun melakukan hal baru pada perangkat
    .what = { did }
    .usual = { $stations ->
        [0] Sejak { $since } tidak ada yang melakukan ini pada { $device }; { $actor } biasa melakukan: { $does }.
       *[other] Sejak { $since } hanya { $others } yang melakukan ini pada { $device }; { $actor } biasa melakukan: { $does }.
    }
    .plant = Stasiun yang dikenal tetapi bertindak lain bisa jadi disalahgunakan, atau sedang ada pekerjaan di sana.
    .check = Tanyakan kepada operator { $actor } apakah ini tindakannya.

new-place = Operasi biasa pada alamat baru
    .what = { did }
    .usual = { $actor } melakukannya { $times } kali sejak { $since }, belum pernah di alamat itu; alamat terdekat: { $nearest }.
    .plant = Bagian perangkat yang disentuh berbeda dari operasi sehari-hari.
    .check = Cari tahu alamat apa ini, dan tanyakan apakah memang disengaja.

new-value = Nilai di luar kebiasaan
    .what = { did }
    .usual = Dari { $times } kali sejak { $since } nilainya { $usual }.
    .plant = Setelan yang belum pernah dipakai dapat membawa proses keluar dari batasnya.
    .check = Tanyakan ke ruang kendali apakah mereka menyetel { $new }.

forbidden = Operasi yang dilarang oleh garis dasar
    .what = { did }
    .usual = Dilarang oleh { $by }: { $why }.
    .plant = Yang terjadi sudah dilarang oleh orang-orang di lokasi ini.
    .check = Hentikan bila masih berlangsung; tanyakan { $by } dan operator { $actor }.

new-report = Perangkat melapor ke stasiun untuk pertama kali
    .what = { $actor } memberi tahu { $device }: { act }.
    .usual = Sebelumnya keduanya tidak pernah berhubungan.
    .plant = Pihak lain mungkin mendengarkan proses sebagai ganti ruang kendali, atau menyamar sebagai perangkat ini.
    .check = Tanyakan apakah { $device } adalah stasiun pabrik ini, dan apakah { $actor } memang perangkatnya.

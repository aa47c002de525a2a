# Yang dikatakan jaga doctor, dalam bahasa Indonesia.

head = { $names }: { $packets } paket ({ $octets }) dalam { $span }, { $rate } per detik; { $conversations } percakapan
vlans = VLAN: { $named }
verdict-wrong = SALAH
verdict-warning = AWAS
verdict-note = catatan
verdict-unknown = tak jelas
verdict-good = baik

no-packets-bad = Tidak ada paket yang datang.
no-packets-mend = Apakah kabel ada di port tujuan sesi mirror, dan link menyala di kedua sisi? Apakah sesi itu mempunyai sumber (port atau VLAN) dan sudah dinyalakan? Pada switch Cisco: show monitor session all.

broadcast-only-bad = Hanya broadcast dan multicast yang datang ({ $all } percakapan): ini port switch biasa, bukan port tujuan mirror.
broadcast-only-mend = Jadikan port ini tujuan sesi mirror yang bersumber dari port para pengendali, kedua arah. Pada switch Cisco: monitor session 1 source interface PORTS both, monitor session 1 destination interface PORT-INI.
broadcast-only-unknown = Dari yang datang, tidak ada yang termasuk percakapan yang dapat dibaca Jaga.
broadcast-only-good = Percakapan antarperangkat ikut disalin, bukan hanya broadcast.

one-way-bad = { $number } dari { $all } percakapan TCP hanya memperlihatkan satu arah: { $named }. Jawaban, nilai, dan siapa yang berhasil tidak terlihat.
one-way-mend = Salin kedua arah dari setiap port sumber (pada switch Cisco: both, bukan rx atau tx). Bila jawaban melewati jalan lain (dua uplink, router cadangan), salin juga port itu; dari tap, dengarkan kedua keluarannya (-i A -i B).
one-way-unknown = Tidak ada percakapan TCP yang cukup lama terlihat untuk menilai apakah kedua arah disalin. Dengarkan lebih lama, atau saat seseorang bekerja di stasiun.
one-way-good = Percakapan TCP yang terlihat dua arah: { $all } dari { $all }.

lost-bad = { $octets } ({ $share }) isi TCP telah dikukuhkan oleh penerimanya tetapi tidak sampai di sini: { $named }.
lost-mend = Port mirror terlalu sempit atau switch membuang paket: salin lebih sedikit port, atau ke port yang lebih cepat (dua arah port 1 Gbit/s yang penuh memerlukan 2 Gbit/s), atau pakai tap. Lihat penghitung paket terbuang pada port tujuan di switch. Bila mesin ini juga membuang paket, perbaiki itu dahulu.
lost-unknown = Tidak terlihat isi TCP, padahal kehilangan dinilai dari situ.
lost-good = Dari { $sent } isi TCP, tidak ada yang dikukuhkan tetapi hilang.

dropped-bad = { $number } paket ({ $share }) hilang di mesin perekam sendiri: terlalu lambat atau terlalu sibuk.
dropped-mend = Beri sensor prosesor sendiri, pindahkan pekerjaan lain dari mesin ini, atau salin lebih sedikit.
dropped-unknown = Tidak ada yang datang, jadi tidak ada yang dapat terbuang.
dropped-good = Mesin perekam sanggup mengikuti: tidak ada yang dibuangnya.

truncated-bad = { $number } dari { $all } paket ({ $share }) terpotong: ujungnya tidak ada.
truncated-mend = Matikan pemotongan dalam sesi mirror (ERSPAN: tanpa mtu atau truncate), atau naikkan MTU di jalannya; rekaman menjadi utuh dengan tcpdump -s 0.
truncated-unknown = Tidak ada yang datang, jadi tidak ada yang dapat terpotong.
truncated-good = Paket datang utuh.

super-frames-bad = { $number } dari { $all } paket lebih panjang daripada frame Ethernet biasa: digabung dari beberapa oleh kartu atau kernel, atau frame jumbo. Permintaan satu per satu, waktu, dan panjangnya hilang di dalamnya.
super-frames-mend = Bila pabrik tidak memakai frame jumbo, pada antarmuka: ethtool -K IFACE gro off lro off (jaga-capture@IFACE.service melakukannya setiap kali sistem menyala). Rekaman benar bila dibuat dengan keduanya mati.
super-frames-unknown = Tidak ada yang datang, jadi tidak ada yang dapat tergabung.
super-frames-good = Paket sama seperti di kabel, tidak ada yang digabung.

asymmetric-vlans-bad = { $number } dari { $all } percakapan memakai satu VLAN ke satu arah dan VLAN lain ke arah sebaliknya: { $named }. Jaga menyatukannya; VLAN dalam kejadian adalah VLAN tiap arah.
asymmetric-vlans-mend = Apakah memang begitu maksudnya (private VLAN, RSPAN)? Bila tidak, salin port, bukan VLAN, dan biarkan tag apa adanya: pada switch Cisco, monitor session 1 destination interface PORT-INI encapsulation replicate.
asymmetric-vlans-unknown = Tidak ada percakapan yang terlihat dua arah, jadi VLAN tidak dapat dibandingkan.
asymmetric-vlans-good = Kedua arah percakapan berada dalam VLAN yang sama.

duplicates-unknown = Tidak ada yang datang, jadi tidak ada yang dapat berulang.
duplicates-good = Tidak ada paket yang datang dua kali.
duplicates-same-bad = { $number } dari { $all } paket ({ $share }) datang dua kali, sama sampai ke oktetnya.
duplicates-same-mend = Kedua port percakapan ini disalin ke dua arah: salin hanya yang masuk (rx) bila semua port menjadi sumber, atau hanya satu dari kedua port; dan jangan port bersama VLAN-nya.
duplicates-vlan-bad = { $number } dari { $all } paket ({ $share }) datang dalam dua VLAN: { $named }.
duplicates-vlan-mend = Salin satu VLAN dari tiap pasangan, atau hanya yang masuk (rx).
duplicates-routed-bad = { $number } dari { $all } paket ({ $share }) datang dua kali, sebelum dan sesudah router.
duplicates-routed-mend = Salin satu sisi router: port atau VLAN-nya di sisi pengendali.
duplicates-tunnel-bad = { $number } dari { $all } paket ({ $share }) datang di dalam terowongan dan di luarnya, atau di lebih dari satu terowongan.
duplicates-tunnel-mend = Salin salah satunya: di tempat paket berada di luar terowongan, atau terowongannya saja. Apakah satu sesi menyalin kiriman sesi lain (ERSPAN)?
duplicates-lan-bad = { $number } dari { $all } paket datang lewat kedua LAN jaringan redundan (PRP, HSR), sebagaimana mestinya.

interface-good = { $name }: sistem ini diam di situ: tanpa alamat, tanpa IPv6, tanpa ARP, tidak mengirim apa pun.
interface-down-bad = { $name }: antarmuka mati.
interface-down-mend = ip link set { $name } up; setiap kali menyala: systemctl enable --now jaga-capture@{ $name }.service.
interface-address-bad = { $name }: antarmuka mempunyai alamat, sehingga pihak lain dapat menjangkau sistem ini lewat port mirror.
interface-address-mend = ip addr flush dev { $name }; setiap kali menyala: systemctl enable --now jaga-capture@{ $name }.service.
interface-ipv6-bad = { $name }: IPv6 menyala, sehingga sistem ini mengirim sendiri di situ.
interface-ipv6-mend = sysctl -w net.ipv6.conf.{ $name }.disable_ipv6=1; setiap kali menyala: systemctl enable --now jaga-capture@{ $name }.service.
interface-arp-bad = { $name }: ARP menyala, sehingga sistem ini dapat menjawab di situ.
interface-arp-mend = ip link set { $name } arp off; setiap kali menyala: systemctl enable --now jaga-capture@{ $name }.service.
interface-sends-bad = { $name }: sementara itu sistem ini mengirim { $number } frame ke port mirror.
interface-sends-mend = Cari siapa yang mengirim (tcpdump -Q out -i { $name }): DHCP, LLDP, dan pengelola jaringan melakukannya. Keluarkan antarmuka itu dari pengaturannya; jaga-capture@{ $name }.service mematikan yang dikirim kernel.

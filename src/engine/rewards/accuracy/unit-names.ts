/** Units by name: dimension | size in it | spellings (a space inside one is `_`); a dimension may carry a power. One line a unit; symbols keep their case. */
export const UNIT_NAMES = `
length | 1 | m metre metres meter meters metro metros mètre mètres metri metra metrów metr метр метра метров метрів मीटर মিটার மீட்டர் మీటర్ মিটার متر أمتار مترًا 米 公尺 メートル 미터 mét เมตร mita メーター méter metriä μέτρα
length | 1000 | km kilometre kilometres kilometer kilometers kilómetro kilómetros quilômetro quilômetros quilómetros kilomètre kilomètres chilometro chilometri kilometrów километр километра километров кілометрів किलोमीटर কিলোমিটার கிலோமீட்டர் كيلومتر کیلومتر کلومیٹر 公里 千米 キロメートル キロ 킬로미터 ki-lô-mét กิโลเมตร kilomita
length | 1/10 | dm decimetre decimetres decimeter decimeters decímetros Dezimeter dezimeter 分米 дециметр дециметров
length | 1/100 | cm centimetre centimetres centimeter centimeters centímetro centímetros centimètre centimètres centimetri zentimeter Zentimeter сантиметр сантиметра сантиметров सेंटीमीटर सेमी সেন্টিমিটার সেমি سنتيمتر سم سانتی‌متر سانتیمتر 厘米 公分 センチメートル センチ 센티미터 เซนติเมตร ซม. sentimita
length | 1/1000 | mm millimetre millimetres millimeter millimeters milímetro milímetros millimètre millimètres millimetri Millimeter миллиметр миллиметров मिलीमीटर মিলিমিটার مليمتر 毫米 ミリメートル 밀리미터
length | 1/1000000 | μm µm micrometer micrometre micrometers micron microns
length | 1/1000000000 | nm nanometer nanometers nanometre
length | 0.0254 | inch inches in. zoll Zoll pulgadas pouces
length | 0.3048 | ft foot feet pies pieds
length | 0.9144 | yd yard yards
length | 1609.344 | mi mile miles millas Meilen maili
mass | 1 | kg kilogram kilograms kilogramme kilogrammes kilo kilos kilogramo kilogramos quilo quilos quilograma quilogramas Kilogramm kilogramm килограмм килограмма килограммов кг किलोग्राम किलो কিলোগ্রাম কেজি கிலோ كيلوغرام كجم کیلوگرم کلوگرام 公斤 千克 キログラム 킬로그램 กิโลกรัม kilogramu ki-lô-gam
mass | 1/1000 | g gram grams gramme grammes gramo gramos grama gramas Gramm gramm грамм грамма граммов г ग्राम গ্রাম கிராம் غرام جرام گرم گرام 克 公克 グラム 그램 กรัม gramu
mass | 1/1000000 | mg milligram milligrams miligramos миллиграмм मिलीग्राम 毫克 ミリグラム
mass | 1000 | t ton tons tonne tonnes tonelada toneladas Tonne Tonnen тонна тонны тонн टन টন طن 吨 トン 톤 tấn
mass | 0.45359237 | lb lbs pound_weight
mass | 0.028349523125 | oz ounce ounces
time | 1 | s sec secs second seconds segundo segundos seconde secondes secondi Sekunde Sekunden sekunden секунда секунды секунд सेकंड सेकेंड সেকেন্ড ثانية ثوان ثانیه سیکنڈ 秒 秒钟 초 giây วินาที sekunde
time | 60 | min mins minute minutes minuto minutos minuti Minute Minuten minuten minut минута минуты минут мин хвилин मिनट মিনিট நிமிடங்கள் நிமிடம் دقيقة دقائق دقیقه منٹ 分 分钟 分鐘 分間 분 phút นาที dakika dakika dakikalar minuuttia
time | 3600 | h hr hrs hour hours hora horas heure heures ora ore Stunde Stunden stunden Std uur uren godzina godziny godzin час часа часов година годин घंटे घंटा ঘণ্টা ঘন্টা மணிநேரம் ساعة ساعات ساعت گھنٹے گھنٹہ 小时 小時 時間 시간 giờ ชั่วโมง saat saa masaa
time | 86400 | d day days día días dia dias jour jours giorno giorni Tag Tage Tagen dni день дня дней днів दिन দিন நாட்கள் நாள் يوم أيام روز دن 天 日 日間 일 ngày วัน gün siku dagen
time | 604800 | wk week weeks semana semanas semaine semaines settimana settimane Woche Wochen weken неделя недели недель सप्ताह সপ্তাহ أسبوع أسابيع هفته ہفتے 周 星期 週間 주 tuần สัปดาห์ hafta wiki
month | 1 | month months mes meses mois mese mesi Monat Monate Monaten mês месяц месяца месяцев महीने महीना মাস شهر أشهر ماه مہینے 个月 個月 ヶ月 か月 개월 tháng เดือน ay miezi mwezi
month | 12 | yr yrs year years año años an ans année années anno anni Jahr Jahre Jahren ano anos jaar rok lat год года лет років साल वर्ष বছর سنة سنوات سال 年 岁 歳 년 năm ปี yıl mwaka miaka years_old
angle | 1 | ° deg degree degrees grado grados degré degrés gradi Grad grad градус градуса градусов डिग्री ডিগ্রি درجة درجات درجه 度 도 độ องศา derece graus digrii
angle-rad | 1 | rad radian radians radianes Radiant радиан
celsius | 1 | °C degrees_Celsius degrees_celsius celsius °_C grados_Celsius
fahrenheit | 1 | °F degrees_Fahrenheit degrees_fahrenheit fahrenheit
kelvin | 1 | K kelvin kelvins
length^3 | 1/1000 | l L liter liters litre litres litro litros litri Liter литр литра литров л लीटर লিটার لتر لترات لیتر لیٹر 升 公升 リットル 리터 lít ลิตร lita
length^3 | 1/10000 | dl dL decilitre deciliter Deziliter
length^3 | 1/100000 | cl cL centilitre centiliter
length^3 | 1/1000000 | ml mL millilitre millilitres milliliter milliliters mililitros Milliliter миллилитр миллилитров мл मिलीलीटर মিলিলিটার مل 毫升 ミリリットル 밀리리터
length^3 | 0.003785411784 | gal gallon gallons
length^2 | 10000 | ha hectare hectares hectáreas Hektar гектаров हेक्टेयर 公顷
count | 1 | units unit
usd | 1 | $ USD US$ US_dollars dollar dollars dólar dólares dollari Dollar доллар доллара долларов डॉलर ডলার دولار دولارات دالر دلار ڈالر 美元 ドル 달러 đô-la đô_la ดอลลาร์ dolar dolares dola
usd | 1/100 | cent cents ¢ centavos центов सेंट সেন্ট
eur | 1 | € EUR euro euros Euro евро यूरो ইউরো يورو یورو 欧元 ユーロ 유로 evro eura
eur | 1/100 | eurocent centimes
gbp | 1 | £ GBP pound pounds libras livres_sterling pounds_sterling Pfund фунтов पाउंड পাউন্ড جنيه 英镑 ポンド 파운드 pauni
gbp | 1/100 | p pence penny
inr | 1 | ₹ Rs Rs. INR rupee rupees rupia rupias रुपये रुपए रुपया ரூபாய் రూపాయలు রুপি روپے روپیہ 卢比 ルピー rupii रु रु. రూ.
idr | 1 | Rp Rp. IDR rupiah
cny | 1 | CNY RMB yuan 元 块 人民币 юаней يوان
jpy | 1 | ¥ JPY yen 円 日元 엔 иен ين
krw | 1 | ₩ KRW won 원 韩元 ウォン
rub | 1 | ₽ RUB ruble rubles рубль рубля рублей руб руб. 卢布
bdt | 1 | ৳ BDT taka টাকা
vnd | 1 | ₫ VND dong đồng đ
thb | 1 | ฿ THB baht บาท
tryl | 1 | ₺ TRY lira TL liras lirası
brl | 1 | R$ BRL real reais
pln | 1 | zł PLN złoty złotych złote
chf | 1 | CHF Fr. Franken francs_suisses
ngn | 1 | ₦ NGN naira
kes | 1 | KES Ksh KSh shilling shillings shilingi
ghs | 1 | ₵ GHS cedi cedis
zar | 1 | ZAR rand
etb | 1 | ETB birr ብር
ils | 1 | ₪ ILS shekel shekels שקלים שקל
uah | 1 | ₴ UAH hryvnia гривень гривня
czk | 1 | Kč CZK koruna korun
sek | 1 | SEK NOK DKK kr kr. kroner kronor
php | 1 | ₱ PHP peso pesos
force | 1 | N newton newtons ньютон ньютонов
force | 1000 | kN
energy | 1 | J joule joules Joule джоуль джоулей
energy | 1000 | kJ
energy | 3600000 | kWh
power | 1 | W watt watts Watt ватт
power | 1000 | kW
voltage | 1 | V volt volts Volt вольт
current | 1 | A ampere amperes amp amps Ampere ампер
resistance | 1 | Ω ohm ohms Ohm
pressure | 1 | Pa pascal pascals
pressure | 1000 | kPa
pressure | 101325 | atm
frequency | 1 | Hz hertz
frequency | 1000 | kHz
frequency | 1000000 | MHz
amount | 1 | mol mole moles
data | 1 | byte bytes B
data | 1000 | KB kB kilobyte kilobytes
data | 1000000 | MB megabyte megabytes
data | 1000000000 | GB gigabyte gigabytes
percent | 1/100 | % percent per_cent pct percentage percentages Prozent prozent por_ciento por_cento pour_cent per_cento procent procenta procentů процент процента процентов відсотків відсотка प्रतिशत শতাংশ சதவீதம் శాతం بالمئة بالمائة في_المئة في_المائة درصد فیصد パーセント 퍼센트 프로 phần_trăm เปอร์เซ็นต์ yüzde asilimia persen százalék τοις_εκατό prosenttia prosent אחוז אחוזים տոկոս პროცენტი ភាគរយ peratus porsyento በመቶ
percent | 1/10 | 割
permille | 1/1000 | ‰ per_mille promille Promille
`;

namespace FedHe.Crypto.Tests.Paillier;

/// <summary>
/// One encryption under a key of 2048 bits, computed with the integers of Python from hashes of labels: SHA-256 of
/// "FedHe Paillier p" and so on, followed by a counter of four bytes, up to the next suitable number.
/// </summary>
internal static class PaillierKnownAnswer
{
    /// <summary>A prime that is 3 modulo 4.</summary>
    public static byte[] P { get; } = Convert.FromHexString(
        "e01d5f46a8a2c500e8917eae95aa45aabfaa9e7ed5bf9c0447ddd3e7fef30041edb91ad84b1d04c55d445e6a7cc3d7e4"
        + "9772c37546509d6badfa71a903f3faa15d66db2663dec27ed10a794b01418c248a948bc343b47c222f55620103d95ffb"
        + "ced83d9519de91eb2473285d0dc34ada20968c6988222afde77756450d65025b");

    /// <summary>The other prime.</summary>
    public static byte[] Q { get; } = Convert.FromHexString(
        "f183801547da2c2e63dde2dba136fe3dae7b2a99769041739f53139ef4fe535f9b9b9967f5c9a63ab3d4684e901e2259"
        + "73c83ee0d64689c0467efcbce5bab6ee9f5034e66ae941268682d6a479014a7954f614db3c27a4ca71c169e8094ace0f"
        + "c9c62d618fc66c822ed205e7d6a802df1e0ee02eea11a94e25d2bb16830dc99f");

    /// <summary>h = -x^2 modulo n.</summary>
    public static byte[] Generator { get; } = Convert.FromHexString(
        "17fa90840ee5a2a7b62c03dc9cc5bc05d338ca344b337a016c38c30cb970cd62f1ed615e91e48baeaddd0be0b516af6b"
        + "10d824794692360e9ca6a6664773e255af03e6f1c8a626c55f89fac7e03d129e08d5b730daa0089f070b5a3ec4e32af6"
        + "49585b11f6fd290eb573b44acec41636510d430a71e6fa2fcd014737060bb2324f04fc469afe30555fa9eeeac96ecfa9"
        + "0d845bd81351602e6562634468a460796dde529569c4158a892d3488de68e480305710da889212cb229ab7ad007a8123"
        + "58584ff5f6a1177bcc829e5d31b9c6b95039e8fdbfb65c78ddd75d4fd81395a601a2c01eb4c76897e028172d0a2862a5"
        + "1d13ac8e6f9b208531144f186dbeb25a");

    /// <summary>r.</summary>
    public static byte[] Exponent { get; } = Convert.FromHexString(
        "e9d76ea7b99d7b515fe76c6a34c05cbbae5dc017ae571289ade41841a717592767ccbdf7c16a3043d1db88479cfd3d9a"
        + "80320946fdc6bad09928ef94ba1d302359bd9919eb79b5330ba467161b4b98da0c3e6973ee7762406473d7b7d99ab1c5"
        + "41efe62d4a1e1e50d24406f4b9866cb185aaea21391ab3ad312bda3aab7b0721");

    /// <summary>m, below n.</summary>
    public static byte[] Message { get; } = Convert.FromHexString(
        "1780ff267f7455904ea1aab52f2266ed90ecfe5a10e42a2461456cfa9f2f11396e174f26408b7d9ae3ad0b880a5e045f"
        + "229c0c949eb99c9b0c64b8651e1f69d4e669884d13ec6874279b32e209c855065a42eecaec7166397438ba01e83a4609"
        + "79b4d390ecfa93a4ccd46c6a524fc6025b8aedfac0535db1b9757a219b4454cd358dbee420c442f9a502bd47e5a2cf5f"
        + "271c05de52a1ed1949d85d8393e7d304cd933d15f5a81c9115a9b90171b3ea2c045b96eeae6da5dad78d0d23ded3125c"
        + "7def469cb3e3afcbad801efefa718f62aba1d96b23809d6b1d2fda28aba2b1769b21760f1135bceb6983209e99312e8b"
        + "046418175425ef02500fb28b79d3ac4b");

    /// <summary>(1 + m*n)*h^(n*r) modulo n^2.</summary>
    public static byte[] Ciphertext { get; } = Convert.FromHexString(
        "534616334b7da7fbb4a9e49bf7aaff713121ee1e9ab44cfe6b50391b88ff96fe2cb03b99c5cd68394ffea31a3e45bad8"
        + "0e4368bf427c1cfa1e9e907c847bd585cba8385044d013d99941b25f270bfb4db9f900bc0b7fc58cf3a714eadde1531f"
        + "f9ac8e7424fbf41180527cac75e27b384147e9414cdc3059abecc4d2e6ccd757fd6a72164b187640d9f3e7fb69194362"
        + "246a11786858dbd96ac6d412796fe4f9e8ec265b739ad9bc711afb4560b2411f82c965e1b99eaff8054152a21d0f15ef"
        + "0b6f426f846883193893022a4169f56c476ed11123e728c7137aff63695d5b9e3d8ad7a8dd27398ea7efd5342f1ad017"
        + "228b4e11b3199eb0a863eb2081a12340d2f705d475698d3fbbc1cb032fde068f75fe8c395367671a241e5c6c0a4dbe30"
        + "51e285b88330127d831e7479e1a4a3d06dfb785cac363b018622d3583e56bda539cce44beddb36889720041e53b225ec"
        + "8473b934ce868035b55addd69628003f9af697188651d55e46fcf5edeccaf51f60beeda6765cde2b35006dd567012b58"
        + "9ff8e07b74f9963578f431876c31053ba9b8d839047c02b19b721e5922db407ec560d44804040a3dd888ca85a3077690"
        + "d42e273374469184e0906ce173ac872e8f295fd0d4c214a6d2a58b6f5c4360954ff53212969e3ca9671fcac9d18f1cda"
        + "f255c25df4988de24a5154248f12e1e95d0f4fee466cb306d654c7a9279f59c9");
}

using FedHe.Crypto.Sharing;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>A public key is a point on P-256, with a well-formed key of ML-KEM-768 where the exchange has one.</summary>
public sealed class BoxPublicKeyTests
{
    private const int PointSize = 65;

    private static readonly byte[] Point = BoxVectors.PrivateKey(KeyExchange.P256)[32..];

    /// <summary>A well-formed key of the hybrid exchange: any coefficients below the prime of ML-KEM are one.</summary>
    public static byte[] HybridKey()
    {
        byte[] key = new byte[KeyExchanges.PublicKeySize(KeyExchange.P256MLKem768)];
        Point.CopyTo(key, 0);
        new System.Random(1).NextBytes(key.AsSpan(PointSize));
        for (int pair = 0; pair < 384; pair++)
        {
            SetCoefficient(key, 2 * pair, (pair * 17) % 3329);
            SetCoefficient(key, (2 * pair) + 1, 3328 - pair);
        }

        return key;
    }

    [Fact]
    public void Sizes_AreAsDescribed()
    {
        KeyExchanges.PublicKeySize(KeyExchange.P256).Should().Be(65);
        KeyExchanges.PublicKeySize(KeyExchange.P256MLKem768).Should().Be(65 + 1184);
        KeyExchanges.BoxOverhead(KeyExchange.P256).Should().Be(65 + 32 + 16);
        KeyExchanges.BoxOverhead(KeyExchange.P256MLKem768).Should().Be(65 + 1088 + 32 + 16);
    }

    [Fact]
    public void Key_ThatIsRead_HasItsBytes()
    {
        BoxPublicKey.TryRead(KeyExchange.P256, Point, out BoxPublicKey? key).Should().BeTrue();
        key!.Bytes.ToArray().Should().Equal(Point);
        key.Exchange.Should().Be(KeyExchange.P256);
        BoxPublicKey.TryRead(KeyExchange.P256MLKem768, HybridKey(), out BoxPublicKey? hybrid).Should().BeTrue("no ML-KEM is needed for that");
        hybrid!.Bytes.ToArray().Should().Equal(HybridKey());
        hybrid.Equals(key).Should().BeFalse();
        key.Equals(null).Should().BeFalse();
        BoxPublicKey.TryRead(KeyExchange.P256, Point, out BoxPublicKey? again).Should().BeTrue();
        again!.Equals((object?)key).Should().BeTrue();
    }

    [Fact]
    public void Key_WithABitOfThePointFlipped_IsRefused()
    {
        for (int bit = 0; bit < 8 * PointSize; bit++)
        {
            byte[] changed = [.. Point];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            BoxPublicKey.TryRead(KeyExchange.P256, changed, out BoxPublicKey? key).Should().BeFalse("bit {0}", bit);
            key.Should().BeNull();
        }
    }

    [Fact]
    public void Key_OfAnotherLength_IsRefused()
    {
        byte[] bytes = [.. HybridKey(), 0];
        foreach (KeyExchange exchange in Enum.GetValues<KeyExchange>())
        {
            for (int length = 0; length <= bytes.Length; length++)
            {
                BoxPublicKey.TryRead(exchange, bytes.AsSpan(0, length), out _)
                    .Should().Be(length == KeyExchanges.PublicKeySize(exchange), "{0}, length {1}", exchange, length);
            }
        }
    }

    [Fact]
    public void Point_InAnotherEncodingOrNowhere_IsRefused()
    {
        byte[] prime = Convert.FromHexString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");

        // x = 5 is on the curve: x + p would be a second encoding of its point, if it had 32 bytes. x = p is one of x = 0.
        byte[] atZero = Convert.FromHexString("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
        BoxPublicKey.TryRead(KeyExchange.P256, [4, .. new byte[32], .. atZero], out _).Should().BeTrue("the point with x = 0");
        BoxPublicKey.TryRead(KeyExchange.P256, [4, .. prime, .. atZero], out _).Should().BeFalse();
        BoxPublicKey.TryRead(KeyExchange.P256, [4, .. new byte[64]], out _).Should().BeFalse();
        BoxPublicKey.TryRead(KeyExchange.P256, new byte[PointSize], out _).Should().BeFalse();
        BoxPublicKey.TryRead(KeyExchange.P256, [4, .. Enumerable.Repeat((byte)0xFF, 64)], out _).Should().BeFalse();
        foreach (byte form in (byte[])[0, 2, 3, 6, 7])
        {
            BoxPublicKey.TryRead(KeyExchange.P256, [form, .. Point[1..]], out _).Should().BeFalse("form {0}", form);
        }

        BoxPublicKey.TryRead(KeyExchange.P256, [(byte)(2 + (Point[^1] & 1)), .. Point[1..33]], out _).Should().BeFalse("compressed");
    }

    [Theory]
    [InlineData(3328, true)]
    [InlineData(3329, false)]
    [InlineData(4095, false)]
    public void KemKey_WithACoefficient_IsTakenBelowThePrime(int coefficient, bool isKey)
    {
        for (int index = 0; index < 768; index++)
        {
            byte[] key = HybridKey();
            SetCoefficient(key, index, coefficient);
            BoxPublicKey.TryRead(KeyExchange.P256MLKem768, key, out _).Should().Be(isKey, "coefficient {0}", index);
        }
    }

    [MLKemFact]
    public void P256MLKem768_KeysOfThePlatform_AreKeys()
    {
        for (int i = 0; i < 20; i++)
        {
            using var pair = BoxKeyPair.Generate(KeyExchange.P256MLKem768);
            BoxPublicKey.TryRead(KeyExchange.P256MLKem768, pair.PublicKey.Bytes.Span, out BoxPublicKey? key).Should().BeTrue();
            key.Should().Be(pair.PublicKey);
        }
    }

    [MLKemFact]
    public void P256MLKem768_KeyOfAnyCoefficients_TakesABox()
    {
        BoxPublicKey.TryRead(KeyExchange.P256MLKem768, HybridKey(), out BoxPublicKey? key).Should().BeTrue();
        key!.Invoking(own => own.Seal(new byte[5], [], new byte[own.BoxLength(5)])).Should().NotThrow("what is read is a key for the platform too");
    }

    /// <summary>Sets one of the 768 coefficients, of twelve bits, after the point.</summary>
    private static void SetCoefficient(byte[] key, int index, int coefficient)
    {
        Span<byte> group = key.AsSpan(PointSize + (index / 2 * 3), 3);
        if (index % 2 == 0)
        {
            group[0] = (byte)coefficient;
            group[1] = (byte)((group[1] & 0xF0) | (coefficient >> 8));
        }
        else
        {
            group[1] = (byte)((group[1] & 0x0F) | ((coefficient & 0x0F) << 4));
            group[2] = (byte)(coefficient >> 4);
        }
    }
}

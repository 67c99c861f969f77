using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Sharing;
using FedHe.Crypto.Tests.Random;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>A box opens under its key, with its associated data, unchanged, and otherwise never.</summary>
public sealed class BoxTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(1, 40).Select(i => (byte)i)];
    private static readonly byte[] Data = [1, 2, 3];

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void Box_OfAnyLength_Opens(KeyExchange exchange)
    {
        using var pair = BoxKeyPair.Generate(exchange);
        foreach (int length in (int[])[0, 1, 31, 8192])
        {
            byte[] secret = RandomNumberGenerator.GetBytes(length);
            byte[] box = Seal(pair.PublicKey, secret, Data);
            box.Length.Should().Be(pair.PublicKey.BoxLength(length)).And.Be(length + KeyExchanges.BoxOverhead(exchange));
            byte[] opened = new byte[length];
            pair.TryOpen(box, Data, opened).Should().BeTrue();
            opened.Should().Equal(secret);
        }
    }

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void Box_WithAnyBitFlipped_StaysClosed(KeyExchange exchange)
    {
        using var pair = BoxKeyPair.Generate(exchange);
        byte[] box = Seal(pair.PublicKey, Secret, Data);
        for (int bit = 0; bit < 8 * box.Length; bit++)
        {
            box[bit / 8] ^= (byte)(1 << (bit % 8));
            DemandClosed(pair, box, Data, $"bit {bit}");
            box[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        pair.TryOpen(box, Data, new byte[Secret.Length]).Should().BeTrue("or the test shows nothing");
    }

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void Box_CutOrExtended_StaysClosed(KeyExchange exchange)
    {
        using var pair = BoxKeyPair.Generate(exchange);
        byte[] box = Seal(pair.PublicKey, Secret, Data);
        for (int length = 0; length < box.Length; length++)
        {
            DemandClosed(pair, box.AsSpan(0, length), Data, $"length {length}");
            int rest = length - KeyExchanges.BoxOverhead(exchange);
            if (rest >= 0)
            {
                pair.TryOpen(box.AsSpan(0, length), Data, new byte[rest]).Should().BeFalse("a shorter secret is none either");
            }
        }

        DemandClosed(pair, [.. box, 0], Data, "a byte more");
        pair.TryOpen([.. box, 0], Data, new byte[Secret.Length + 1]).Should().BeFalse();
        pair.TryOpen(box, Data, new byte[Secret.Length - 1]).Should().BeFalse();
        pair.TryOpen(box, Data, []).Should().BeFalse();
    }

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void Box_ForSomebodyElseOrSomethingElse_StaysClosed(KeyExchange exchange)
    {
        using var pair = BoxKeyPair.Generate(exchange);
        using var other = BoxKeyPair.Generate(exchange);
        byte[] box = Seal(pair.PublicKey, Secret, Data);
        byte[] otherBox = Seal(other.PublicKey, Secret, Data);
        DemandClosed(other, box, Data, "another key");
        DemandClosed(pair, otherBox, Data, "swapped boxes");
        DemandClosed(pair, box, [], "no data");
        DemandClosed(pair, box, [1, 2, 4], "other data");
        DemandClosed(pair, box, [1, 2, 3, 0], "more data");
        DemandClosed(pair, new byte[box.Length], Data, "zeros");

        // Each part of another box of the same key and data: the header, the salt, the rest.
        byte[] second = Seal(pair.PublicKey, Secret, Data);
        int saltAt = KeyExchanges.BoxOverhead(exchange) - 48;
        DemandClosed(pair, [.. second[..saltAt], .. box[saltAt..]], Data, "another header");
        DemandClosed(pair, [.. box[..saltAt], .. second[saltAt..(saltAt + 32)], .. box[(saltAt + 32)..]], Data, "another salt");
        DemandClosed(pair, [.. box[..(saltAt + 32)], .. second[(saltAt + 32)..]], Data, "another ciphertext");
        DemandClosed(pair, [.. second[..65], .. box[65..]], Data, "another ephemeral point");
    }

    [MLKemFact]
    public void P256MLKem768_BoxOfTheOtherExchange_StaysClosed()
    {
        using var hybrid = BoxKeyPair.Generate(KeyExchange.P256MLKem768);
        byte[] key = new byte[hybrid.ExportSize];
        hybrid.ExportPrivate(key);
        BoxKeyPair.TryImportPrivate(KeyExchange.P256, key.AsSpan(0, 97), out BoxKeyPair? samePoint).Should().BeTrue();
        byte[] box = Seal(samePoint!.PublicKey, Secret, Data);
        byte[] hybridBox = Seal(hybrid.PublicKey, Secret, Data);
        DemandClosed(hybrid, box, Data, "a box of the weaker exchange");
        DemandClosed(samePoint, hybridBox, Data, "a box of the stronger exchange");
        DemandClosed(samePoint, [.. hybridBox[..65], .. hybridBox[(65 + 1088)..]], Data, "without the KEM ciphertext");
        hybrid.PublicKey.Equals(samePoint.PublicKey).Should().BeFalse();
    }

    [MLKemFact]
    public void P256MLKem768_BoxForAnotherKemKeyOfTheSamePoint_StaysClosed()
    {
        byte[] key = BoxVectors.PrivateKey(KeyExchange.P256MLKem768);
        BoxKeyPair.TryImportPrivate(KeyExchange.P256MLKem768, key, out BoxKeyPair? pair).Should().BeTrue();
        key[^1] ^= 1;
        BoxKeyPair.TryImportPrivate(KeyExchange.P256MLKem768, key, out BoxKeyPair? other).Should().BeTrue();
        DemandClosed(other!, BoxVectors.Box(KeyExchange.P256MLKem768), BoxVectors.AssociatedData, "another seed z, which the public key does not show");
        pair!.TryOpen(BoxVectors.Box(KeyExchange.P256MLKem768), BoxVectors.AssociatedData, new byte[32]).Should().BeTrue();
    }

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void Box_OfTheVectors_Opens(KeyExchange exchange)
    {
        BoxKeyPair.TryImportPrivate(exchange, BoxVectors.PrivateKey(exchange), out BoxKeyPair? pair).Should().BeTrue();
        byte[] secret = new byte[BoxVectors.Secret.Length];
        pair!.TryOpen(BoxVectors.Box(exchange), BoxVectors.AssociatedData, secret).Should().BeTrue();
        secret.Should().Equal(BoxVectors.Secret.ToArray());
    }

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void PrivateKey_ExportedAndImported_OpensTheSameBoxes(KeyExchange exchange)
    {
        using var pair = BoxKeyPair.Generate(exchange);
        byte[] key = new byte[pair.ExportSize];
        pair.ExportPrivate(key);
        BoxKeyPair.TryImportPrivate(exchange, key, out BoxKeyPair? imported).Should().BeTrue();
        imported!.PublicKey.Should().Be(pair.PublicKey);
        imported.PublicKey.GetHashCode().Should().Be(pair.PublicKey.GetHashCode());
        imported.TryOpen(Seal(pair.PublicKey, Secret, Data), Data, new byte[Secret.Length]).Should().BeTrue();
        pair.TryOpen(Seal(imported.PublicKey, Secret, Data), Data, new byte[Secret.Length]).Should().BeTrue();
        byte[] again = new byte[key.Length];
        imported.ExportPrivate(again);
        again.Should().Equal(key);
        pair.Invoking(own => own.ExportPrivate(new byte[own.ExportSize - 1])).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void PrivateKey_OfHostileBytes_IsRefused(KeyExchange exchange)
    {
        byte[] key = BoxVectors.PrivateKey(exchange);
        for (int length = 0; length < key.Length; length++)
        {
            BoxKeyPair.TryImportPrivate(exchange, key.AsSpan(0, length), out _).Should().BeFalse();
        }

        BoxKeyPair.TryImportPrivate(exchange, [.. key, 0], out _).Should().BeFalse();
        for (int bit = 0; bit < 8 * 97; bit++)
        {
            // A private number that is not the point's own, or a point that is not on the curve.
            byte[] changed = [.. key];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            BoxKeyPair.TryImportPrivate(exchange, changed, out BoxKeyPair? pair).Should().BeFalse("bit {0}", bit);
            pair.Should().BeNull();
        }

        byte[] zero = [.. key];
        zero.AsSpan(0, 32).Clear();
        BoxKeyPair.TryImportPrivate(exchange, zero, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void Pair_Disposed_OpensNothing(KeyExchange exchange)
    {
        var pair = BoxKeyPair.Generate(exchange);
        byte[] box = Seal(pair.PublicKey, Secret, Data);
        pair.Dispose();
        pair.Dispose();
        pair.Invoking(own => own.TryOpen(box, Data, new byte[Secret.Length])).Should().Throw<ObjectDisposedException>();
        pair.Invoking(own => own.ExportPrivate(new byte[own.ExportSize])).Should().Throw<ObjectDisposedException>();
        Seal(pair.PublicKey, Secret, Data).Length.Should().Be(box.Length, "the public key is nobody's");
        pair.ToString().Should().Be("Box key pair");
    }

    [Fact]
    public void Boxes_OfOneKey_AreFreshEachTime()
    {
        using var pair = BoxKeyPair.Generate(KeyExchange.P256);
        byte[] first = Seal(pair.PublicKey, Secret, Data);
        byte[] second = Seal(pair.PublicKey, Secret, Data);
        first[1..65].Should().NotEqual(second[1..65], "the ephemeral point");
        first[65..97].Should().NotEqual(second[65..97], "the salt");
        first[113..].Should().NotEqual(second[113..]);
    }

    [Fact]
    public void Boxes_OfManyThreads_AllOpen()
    {
        using var pair = BoxKeyPair.Generate(KeyExchange.P256);
        Parallel.For(0, 64, i =>
        {
            byte[] secret = [(byte)i, 7];
            byte[] opened = new byte[2];
            pair.TryOpen(Seal(pair.PublicKey, secret, Data), Data, opened).Should().BeTrue();
            opened.Should().Equal(secret);
        });
    }

    [Fact]
    public void Seal_IntoAnotherLength_IsRefused()
    {
        using var pair = BoxKeyPair.Generate(KeyExchange.P256);
        pair.PublicKey.Invoking(key => key.Seal(Secret, Data, new byte[key.BoxLength(Secret.Length) - 1])).Should().Throw<ArgumentException>().WithParameterName("box");
        pair.PublicKey.Invoking(key => key.Seal(Secret, Data, new byte[key.BoxLength(Secret.Length) + 1])).Should().Throw<ArgumentException>().WithParameterName("box");
        pair.PublicKey.Invoking(key => key.BoxLength(-1)).Should().Throw<ArgumentOutOfRangeException>();
        pair.PublicKey.Invoking(key => key.BoxLength(int.MaxValue)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void RepeatedEphemeralKey_WithoutTheHedge_RevealsTheDifferenceOfTwoSecrets_AndNothingWithIt()
    {
        byte[] other = [.. Secret.Reverse()];
        byte[] difference = Xor(Secret, other);
        Xor(
            RepeatedSeal(Secret, Data, new DeterministicRandomSource(1))[113..],
            RepeatedSeal(other, Data, new DeterministicRandomSource(1))[113..]).Should().Equal(difference, "the guard is out");
        byte[] first = RepeatedSeal(Secret, Data, Snapshot.Resume());
        byte[] second = RepeatedSeal(other, Data, Snapshot.Resume());
        first[..65].Should().Equal(second[..65], "or the ephemeral key would not repeat itself");
        first[65..97].Should().NotEqual(second[65..97]);
        Xor(first[113..], second[113..]).Zip(difference).Count(pair => pair.First == pair.Second).Should().BeLessThan(5);
    }

    [Fact]
    public void RepeatedEphemeralKey_WithOtherDataOrAnotherRecipient_HasAnotherSalt()
    {
        byte[] first = RepeatedSeal(Secret, Data, Snapshot.Resume());
        RepeatedSeal(Secret, Data, Snapshot.Resume()).Should().Equal(first, "or the machine would not repeat itself");

        // Two tags of other data under one key and nonce give away the key of the authentication.
        RepeatedSeal(Secret, [1, 2, 4], Snapshot.Resume())[65..97].Should().NotEqual(first[65..97]);
        using var recipient = BoxKeyPair.Generate(KeyExchange.P256);
        RepeatedSeal(Secret, Data, Snapshot.Resume(), recipient)[65..97].Should().NotEqual(first[65..97]);
    }

    [Fact]
    public void Exchange_ThatTheMachineLacks_IsRefused()
    {
        KeyExchanges.IsSupported(KeyExchange.P256).Should().BeTrue();
        KeyExchanges.IsSupported(KeyExchange.P256MLKem768).Should().Be(MLKem.IsSupported);
        KeyExchanges.Strongest.Should().Be(MLKem.IsSupported ? KeyExchange.P256MLKem768 : KeyExchange.P256);
        if (!MLKem.IsSupported)
        {
            BoxPublicKey.TryRead(KeyExchange.P256MLKem768, BoxPublicKeyTests.HybridKey(), out BoxPublicKey? key).Should().BeTrue();
            FluentActions.Invoking(() => BoxKeyPair.Generate(KeyExchange.P256MLKem768)).Should().Throw<HePlatformException>().WithMessage("*ML-KEM*");
            FluentActions.Invoking(() => BoxKeyPair.TryImportPrivate(KeyExchange.P256MLKem768, [], out _)).Should().Throw<HePlatformException>();
            key!.Invoking(own => Seal(own, Secret, Data)).Should().Throw<HePlatformException>();
        }
    }

    [Fact]
    public void Exchange_ThatIsNotDefined_IsRefused()
    {
        foreach (KeyExchange exchange in (KeyExchange[])[0, (KeyExchange)3, (KeyExchange)(-1)])
        {
            KeyExchanges.IsSupported(exchange).Should().BeFalse();
            FluentActions.Invoking(() => BoxKeyPair.Generate(exchange)).Should().Throw<ArgumentOutOfRangeException>();
            FluentActions.Invoking(() => BoxKeyPair.TryImportPrivate(exchange, [], out _)).Should().Throw<ArgumentOutOfRangeException>();
            FluentActions.Invoking(() => BoxPublicKey.TryRead(exchange, [], out _)).Should().Throw<ArgumentOutOfRangeException>();
            FluentActions.Invoking(() => KeyExchanges.PublicKeySize(exchange)).Should().Throw<ArgumentOutOfRangeException>();
            FluentActions.Invoking(() => KeyExchanges.BoxOverhead(exchange)).Should().Throw<ArgumentOutOfRangeException>();
        }
    }

    private static byte[] Seal(BoxPublicKey key, byte[] secret, byte[] data)
    {
        byte[] box = new byte[key.BoxLength(secret.Length)];
        key.Seal(secret, data, box);
        return box;
    }

    /// <summary>Seals under the ephemeral key and to the recipient of the vectors, as a machine does that repeats itself.</summary>
    private static byte[] RepeatedSeal(
        byte[] secret, byte[] data, Crypto.Random.EncryptionRandomSource random, BoxKeyPair? recipient = null)
    {
        EllipticPoint.TryImportPrivate(BoxVectors.PrivateKey(KeyExchange.P256), out ECDiffieHellman? ephemeral).Should().BeTrue();
        BoxKeyPair.TryImportPrivate(KeyExchange.P256, BoxVectors.PrivateKey(KeyExchange.P256), out BoxKeyPair? known).Should().BeTrue();
        BoxPublicKey key = (recipient ?? known!).PublicKey;
        byte[] box = new byte[key.BoxLength(secret.Length)];
        using var sealer = new BoxSealer(ephemeral!, random);
        sealer.Seal(key, secret, data, box);
        return box;
    }

    private static byte[] Xor(byte[] first, byte[] second) => [.. first.Zip(second, (x, y) => (byte)(x ^ y))];

    private static void DemandClosed(BoxKeyPair pair, ReadOnlySpan<byte> box, ReadOnlySpan<byte> data, string because)
    {
        byte[] secret = [.. Enumerable.Repeat((byte)0xAB, Secret.Length)];
        pair.TryOpen(box, data, secret).Should().BeFalse(because);
        secret.Should().OnlyContain(value => value == 0, because);
    }
}

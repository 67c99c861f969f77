using FedHe.Crypto.Sharing;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Sharing;

/// <summary>Boxes of one sealer have one ephemeral key, and nothing else in common.</summary>
public sealed class BoxSealerTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(1, 40).Select(i => (byte)i)];
    private static readonly byte[] Data = [1, 2, 3];

    [Theory]
    [InlineData(KeyExchange.P256)]
    [MLKemData]
    public void Boxes_OfOneSealer_OpenUnderTheirOwnKeysAlone(KeyExchange exchange)
    {
        BoxKeyPair[] pairs = [.. Enumerable.Range(0, 3).Select(_ => BoxKeyPair.Generate(exchange))];
        using var sealer = new BoxSealer();
        byte[][] boxes = [.. pairs.Select(pair => Seal(sealer, pair))];

        boxes.Select(box => Convert.ToHexString(box[..65])).Distinct().Should().ContainSingle("the ephemeral point is one");
        for (int i = 0; i < pairs.Length; i++)
        {
            for (int j = 0; j < boxes.Length; j++)
            {
                byte[] opened = new byte[Secret.Length];
                pairs[i].TryOpen(boxes[j], Data, opened).Should().Be(i == j, "key {0}, box {1}", i, j);
                opened.Should().Equal(i == j ? Secret : new byte[Secret.Length]);
            }
        }

        Array.ForEach(pairs, pair => pair.Dispose());
    }

    [Fact]
    public void Boxes_OfOneSealer_HaveSaltsAndCiphertextsOfTheirOwn_ForOneRecipientToo()
    {
        using var first = BoxKeyPair.Generate(KeyExchange.P256);
        using var second = BoxKeyPair.Generate(KeyExchange.P256);
        using var sealer = new BoxSealer();
        byte[][] boxes = [Seal(sealer, first), Seal(sealer, first), Seal(sealer, second)];

        boxes.Select(box => Convert.ToHexString(box[65..97])).Should().OnlyHaveUniqueItems("salts");
        boxes.Select(box => Convert.ToHexString(box[113..])).Should().OnlyHaveUniqueItems("ciphertexts of one secret");
        first.TryOpen(boxes[1], Data, new byte[Secret.Length]).Should().BeTrue();
    }

    [Fact]
    public void Boxes_OfTwoSealers_HaveTwoEphemeralKeys()
    {
        using var pair = BoxKeyPair.Generate(KeyExchange.P256);
        using var first = new BoxSealer();
        using var second = new BoxSealer();

        Seal(first, pair)[..65].Should().NotEqual(Seal(second, pair)[..65]);
    }

    [Fact]
    public void Sealer_Disposed_SealsNothing_AndShowsNothing()
    {
        using var pair = BoxKeyPair.Generate(KeyExchange.P256);
        var sealer = new BoxSealer();
        sealer.ToString().Should().Be("Box sealer");
        sealer.Dispose();
        sealer.Dispose();

        sealer.Invoking(own => Seal(own, pair)).Should().Throw<ObjectDisposedException>();
        sealer.Invoking(own => own.Seal(null!, Secret, Data, [])).Should().Throw<ArgumentNullException>();
    }

    private static byte[] Seal(BoxSealer sealer, BoxKeyPair recipient)
    {
        byte[] box = new byte[recipient.PublicKey.BoxLength(Secret.Length)];
        sealer.Seal(recipient.PublicKey, Secret, Data, box);
        return box;
    }
}

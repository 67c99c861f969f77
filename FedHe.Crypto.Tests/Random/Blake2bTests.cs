using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

public sealed class Blake2bTests
{
    [Fact]
    public void Hash_OfAbc_IsThatOfTheStandard()
        => Convert.ToHexStringLower(Hash(64, key: [], [.. "abc"u8])).Should().Be(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");

    [Fact]
    public void Hash_OfManyLengthsWithAndWithoutKey_PassesTheSelfTestOfTheStandard()
    {
        // RFC 7693, appendix E: the hash of all hashes.
        var hashes = new List<byte>();
        foreach (int hashLength in (int[])[20, 32, 48, 64])
        {
            foreach (int length in (int[])[0, 3, 128, 129, 255, 1024])
            {
                byte[] message = Sequence(length, (uint)length);
                hashes.AddRange(Hash(hashLength, key: [], message));
                hashes.AddRange(Hash(hashLength, Sequence(hashLength, (uint)hashLength), message));
            }
        }

        Convert.ToHexStringLower(Hash(32, key: [], [.. hashes])).Should().Be(
            "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475");
    }

    [Fact]
    public void Expand_UnderTheSeedOfSealsGenerator_GivesItsFirstBytes()
    {
        // Compared with Microsoft SEAL 4.4.3: Blake2xbPRNG, seed 00..3f, first piece.
        byte[] seed = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        var piece = new byte[4096];
        Blake2Xb.Expand(seed, new byte[8], piece);

        Convert.ToHexStringLower(piece.AsSpan(0, 16)).Should().Be("17b9767f6395a77a3d0f2f2bd234d8c6");
    }

    [Fact]
    public void Expand_ToAnotherLength_GivesOtherBytes()
    {
        var shorter = new byte[100];
        var longer = new byte[101];
        Blake2Xb.Expand([1], [2], shorter);
        Blake2Xb.Expand([1], [2], longer);

        longer.AsSpan(0, 100).SequenceEqual(shorter).Should().BeFalse("the length is part of what is hashed");
    }

    private static byte[] Hash(int length, byte[] key, byte[] message)
    {
        var hash = new byte[length];
        Blake2b.Hash(Blake2bParameters.Sequential(length, key.Length), key, message, hash);
        return hash;
    }

    private static byte[] Sequence(int length, uint seed)
    {
        var sequence = new byte[length];
        uint a = unchecked(0xDEAD4BAD * seed);
        uint b = 1;
        for (int i = 0; i < length; i++)
        {
            uint next = unchecked(a + b);
            a = b;
            b = next;
            sequence[i] = (byte)(next >> 24);
        }

        return sequence;
    }
}

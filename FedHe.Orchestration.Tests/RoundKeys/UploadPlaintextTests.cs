using System.Reflection;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>
/// The digest that a round key is made from depends on everything that decides what the upload encrypts, so that two continuations of one
/// machine, in which all randomness repeats itself, never encrypt different values under one key.
/// </summary>
public sealed class UploadPlaintextTests
{
    private static readonly ModelLayout Layout = new(new TensorSpec("weights", ElementType.Float32, [3], 1));
    private static readonly Attempt First = new(Digest.Compute("job"u8), Round: 2, Number: 1, ReferenceWeight: 1000, Digest.Compute("base"u8));

    [Fact]
    public void Digest_OfUploadsThatDifferInOneThing_IsAnother()
    {
        string[] digests =
        [
            DigestOf(First, weight: 3),
            DigestOf(First with { ReferenceWeight = 2000 }, weight: 3),
            DigestOf(First with { Base = Digest.Compute("other base"u8) }, weight: 3),
            DigestOf(First with { Epoch = First.Epoch + 1 }, weight: 3),
            DigestOf(First with { Round = 3 }, weight: 3),
            DigestOf(First with { Number = 2 }, weight: 3),
            DigestOf(First with { JobDigest = Digest.Compute("other job"u8) }, weight: 3),
            DigestOf(First, weight: 4),
            DigestOf(First, weight: 3, last: 0.75f),
        ];

        digests.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Digest_OfEqualUploads_IsTheSame()
        => DigestOf(First with { Round = 2 }, weight: 3).Should().Be(DigestOf(First, weight: 3), "or the test above shows nothing");

    private static string DigestOf(Attempt attempt, long weight, float last = 0.5f)
    {
        ModelParameters model = ModelParameters.CreateBuilder(Layout).Set<float>("weights", [0.25f, -0.25f, last]).Build();
        using var plaintext = new PlaintextHasher();
        Repeat(plaintext);
        UploadProtector.AppendTo(plaintext, attempt, model, weight, maxDegreeOfParallelism: 1);
        Span<byte> digest = stackalloc byte[PlaintextHasher.DigestLength];
        plaintext.CopyDigestTo(digest);
        return Convert.ToHexString(digest);
    }

    /// <summary>Gives a hasher the randomness of every other continuation.</summary>
    private static void Repeat(PlaintextHasher plaintext)
    {
        FieldInfo root = typeof(PlaintextHasher).GetField("_root", BindingFlags.Instance | BindingFlags.NonPublic)!;
        ((byte[])root.GetValue(plaintext)!).AsSpan().Fill(7);
    }
}

using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>
/// A server and a client in league with it have a client open two lists of one attempt, which differ by one contributor.
/// </summary>
public sealed class SecondListTests
{
    private static readonly BenchOptions Options = new() { Scheme = "ckks", Samples = [1, 1, 1, 16] };

    [Fact]
    public async Task SecondListOfAnAttempt_IsNotOpened()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options);
        RoundKeyLab.Part[] parts = [lab.Own(0), lab.Own(1), lab.Own(2), Exaggerated(lab, 3)];

        // The exaggeration makes the first average impossible: the client decrypts it, refuses it and goes on from its model.
        IgnoredReason? first = await lab.DeliverAsync(lab.Sum(parts));
        IgnoredReason? second = await lab.DeliverAsync(lab.Sum(parts[..3]));

        first.Should().Be(IgnoredReason.BadAggregate);
        second.Should().Be(IgnoredReason.SecondList);
        lab.Bench.Clients[0].ModelRound.Should().Be(0);
    }

    [Fact]
    public async Task SameListAgain_IsOpenedAndRefusedAgain()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options);
        VerifiableAggregate sum = lab.Sum([lab.Own(0), lab.Own(1), lab.Own(2), Exaggerated(lab, 3)]);

        (await lab.DeliverAsync(sum)).Should().Be(IgnoredReason.BadAggregate);
        (await lab.DeliverAsync(sum)).Should().NotBe(IgnoredReason.SecondList);
    }

    [Fact]
    public void List_OfAnEarlierAttempt_IsNotAllowed()
    {
        ContributorList later = ListOf(round: 3, attempt: 2);
        OpenedList opened = OpenedList.Of(later);

        opened.Allows(later).Should().BeTrue();
        opened.Allows(ListOf(round: 3, attempt: 3)).Should().BeTrue();
        opened.Allows(ListOf(round: 4, attempt: 1)).Should().BeTrue();
        opened.Allows(ListOf(round: 3, attempt: 1)).Should().BeFalse();
        opened.Allows(ListOf(round: 2, attempt: 9)).Should().BeFalse();
        opened.Allows(later with { Tags = new byte[16] }).Should().BeFalse("it is another list of the same attempt");
        default(OpenedList).Allows(ListOf(round: 1, attempt: 1)).Should().BeTrue();
    }

    [Fact]
    public async Task OpenedList_SurvivesARestart()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options);
        RoundKeyLab.Part[] parts = [lab.Own(0), lab.Own(1), lab.Own(2), Exaggerated(lab, 3)];
        ClientStep step = await lab.Bench.Clients[0].HandleAsync(lab.SignedSum(lab.Sum(parts)));
        step.Ignored.Should().Be(IgnoredReason.BadAggregate);

        lab.Bench.Clients[0] = FederationClient.Restore(lab.Bench.ClientSetup(0), step.State!.ToArray());

        (await lab.DeliverAsync(lab.Sum(parts[..3]))).Should().Be(IgnoredReason.SecondList);
    }

    private static ContributorList ListOf(int round, int attempt) => new(
        round, attempt, ReferenceWeight: 1, Digest.Compute("base"u8), [], [Digest.Compute("a"u8), Digest.Compute("b"u8)], new byte[32], []);

    /// <summary>Makes an upload whose values count sixteen times as much as its weight allows, with tags that fit.</summary>
    private static RoundKeyLab.Part Exaggerated(RoundKeyLab lab, int index)
    {
        RoundKeyProtocol protocol = lab.Protocol;
        var inner = new KeyAdditiveContext(protocol.Parameters);
        TagKey tagKey = lab.Bench.Keys[index].TagKey;
        using RoundKey key = inner.GenerateRoundKey(lab.Attempt.PublicSeed);
        using var hasher = new ContentHasher(tagKey, lab.Attempt, protocol.Parameters);
        var hashes = new UploadHashes(protocol, hasher);
        var update = new System.Buffers.ArrayBufferWriter<byte>();
        new UpdateEncryptor(inner.CreateEncryptor(key), protocol.Inner, protocol.Terms, BoundPolicy.Clamp, lab.Attempt.ReferenceWeight)
            .Write(Extreme(), weight: 16, lab.Bench.Slot(index), update, hashes);
        IEncryptor outer = lab.Bench.Keys[index].CreateEncryptor();
        using EncryptedVector wrapped = new RoundKeyProtection(inner, protocol.Outer!, outer.Form).Encrypt(key, outer);
        hashes.Complete(wrapped, key);
        var contributor = new Contributor(lab.Bench.Identities[index].Client, Weight: 1, Digest.Compute("nonce"u8));
        using var pads = new ContributorPads(tagKey, lab.Attempt, contributor, protocol);
        var tags = new LinearTag[hashes.Values.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i] = protocol.TagAt(i).Modulus.Tag(hashes.Values[i], pads.PadAt(i));
        }

        return new RoundKeyLab.Part(
            new ProtectedUpdate(
                lab.Attempt.Base, update.WrittenMemory, RoundKeyLab.BytesOf(wrapped), contributor.Nonce, RoundKeyProtocol.Write(tags)),
            contributor);
    }

    private static ModelParameters Extreme() => TestModel.Map(TestModel.Create(0), (_, _) => TestModel.Bound);
}

using System.Buffers.Binary;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>
/// Microsoft SEAL protects round keys: federations keep what they promise, and a changed sum of protected keys is refused before
/// it is decrypted.
/// </summary>
public sealed class SealRoundKeyTests
{
    // Header, key, form, number of primes, number of values and bound.
    private const int HeadLength = 48 + 16 + 1 + 1 + 4 + 32;

    public static TheoryData<string, VectorForm> Cases => new()
    {
        { "seal", VectorForm.Seeded },
        { "seal", VectorForm.Full },
        { "seal-flare", VectorForm.Seeded },
        { "seal-flare", VectorForm.Full },
    };

    public static TheoryData<string> Attacks => SignedServerAttackTests.Attacks;

    [SealTheory]
    [MemberData(nameof(Cases))]
    public async Task Federation_WholeJob_GivesTheAverageWithinThePromisedBound(string scheme, VectorForm form)
    {
        Weighting weighting = form == VectorForm.Seeded ? Weighting.Clear : Weighting.Hidden;
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(
            new BenchOptions { Scheme = scheme, UploadForm = form, Clients = 3, Weighting = weighting, MaxWeight = 1000 });

        await RoundKeyFederationTests.RunAsync(
            lab.Bench, round => RoundKeyFederationTests.CheckAverage(lab.Bench, round, [0, 1, 2], weighting));

        lab.Bench.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed);
    }

    [SealTheory]
    [MemberData(nameof(Attacks))]
    public async Task Sum_OfOtherUploads_ChangesTheAverageOnlyWithoutTags(string attack)
    {
        using RoundKeyLab lab = await LabAsync("seal-flare", VectorForm.Seeded, clients: 4);
        VerifiableAggregate forged = SignedServerAttackTests.Forge(lab, attack);

        double[] believed = TestModel.Flat(lab.OpenUnchecked(forged).Parameters);

        double[] honest = TestModel.Flat(lab.OpenUnchecked(lab.HonestSum()).Parameters);
        believed.AsSpan().SequenceEqual(honest).Should().Be(attack == "swaps", "without tags the attack works; a swap is the same sum");
        ShouldNotBeDecrypted(lab, forged, attack);
        (await lab.DeliverAsync(forged)).Should().Be(IgnoredReason.BadTag);
    }

    [SealTheory]
    [MemberData(nameof(Cases))]
    public async Task SumOfKeys_OfOtherUploads_IsNotDecrypted(string scheme, VectorForm form)
    {
        using RoundKeyLab lab = await LabAsync(scheme, form, clients: 3);
        RoundKeyLab.Part[] all = lab.All;
        (IgnoredReason? reason, int keyUses, _) = lab.Open(WithKeys(lab, all));
        (reason, keyUses).Should().Be((null, 1), "or the rest proves nothing");

        ShouldNotBeDecrypted(lab, WithKeys(lab, all[0], all[1]), "one is dropped");
        ShouldNotBeDecrypted(lab, WithKeys(lab, all[0], all[1], all[2], all[0]), "one is doubled");
        ShouldNotBeDecrypted(lab, WithKeys(lab, all[0], all[1], all[1]), "one stands for another");
        ShouldNotBeDecrypted(lab, WithKeys(lab, [.. all, .. all]), "all are scaled");
    }

    [SealTheory]
    [MemberData(nameof(Cases))]
    public async Task SumOfKeys_WithOneChangedResidue_IsNotDecrypted(string scheme, VectorForm form)
    {
        using RoundKeyLab lab = await LabAsync(scheme, form, clients: 3);
        int degree = lab.Protocol.Outer!.Residues!.PolynomialLength;
        int words = 2 * lab.Protocol.OuterModuli.Length * degree;
        for (int word = 0; word < words; word += (degree / 2) + 1)
        {
            byte[] keys = lab.HonestSum().KeySum.ToArray();
            keys[^(sizeof(ulong) * (words - word))] ^= 1;

            ShouldNotBeDecrypted(lab, WithKeySum(lab, keys), $"word {word} of {words} is another one");
        }
    }

    [SealTheory]
    [MemberData(nameof(Cases))]
    public async Task SumOfKeys_UnderAnotherKey_IsNotDecrypted(string scheme, VectorForm form)
    {
        using RoundKeyLab lab = await LabAsync(scheme, form, clients: 3);
        using RoundKeyLab other = await LabAsync(scheme, form, clients: 3);
        byte[] foreign = other.HonestSum().KeySum.ToArray();

        ShouldNotBeDecrypted(lab, lab.Relist(lab.HonestSum() with { KeySum = foreign }), "the head names another key");
        ShouldNotBeDecrypted(lab, WithKeySum(lab, foreign), "the head names the job's key");
    }

    [SealTheory]
    [MemberData(nameof(Cases))]
    public async Task Upload_OfAnotherJobOrASecondTime_IsRefusedByTheServer(string scheme, VectorForm form)
    {
        using RoundKeyLab lab = await LabAsync(scheme, form, clients: 3);
        using RoundKeyLab other = await LabAsync(scheme, form, clients: 3);
        lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Messages[0])).Should().Be(RefusalReason.None);

        ReasonOf(lab, 1, lab.Uploads[1] with { WrappedKey = other.Uploads[1].WrappedKey }).Should().Be(RefusalReason.WrongKey);

        // Two keys under one seed give their difference away; a public-key upload shows no seed.
        ReasonOf(lab, 1, lab.Uploads[1] with { WrappedKey = lab.Uploads[0].WrappedKey })
            .Should().Be(form == VectorForm.Seeded ? RefusalReason.RepeatedNonce : RefusalReason.None);
    }

    [SealFact]
    public async Task Upload_ThatCancelsTheSum_IsRefusedAndChangesNothing()
    {
        // SEAL refuses a sum that is not encrypted, after the upload was parsed.
        using RoundKeyLab lab = await LabAsync("seal", VectorForm.Full, clients: 3);
        using FederationServer untouched = lab.Bench.Restore(lab.Bench.SaveState());
        lab.Bench.Server.Receive(lab.Messages[0]);
        untouched.Receive(lab.Messages[0]);

        ReasonOf(lab, 1, lab.Uploads[1] with { WrappedKey = Negative(lab, lab.Uploads[0].WrappedKey) }).Should().Be(RefusalReason.OutOfRange);

        AggregateOf(lab.Bench.Server, lab).Should().Equal(AggregateOf(untouched, lab));
    }

    [SealTheory]
    [InlineData("seal")]
    [InlineData("seal-flare")]
    public Task Server_RestoredAfterEveryUpload_SendsTheSameSum(string scheme)
        => new RoundKeyFederationTests().Server_RestoredAfterEveryUpload_SendsTheSameSum(scheme);

    [SealTheory]
    [InlineData("seal", VectorForm.Seeded, 196_896)]
    [InlineData("seal", VectorForm.Full, 393_423)]
    [InlineData("seal-flare", VectorForm.Seeded, 131_360)]
    [InlineData("seal-flare", VectorForm.Full, 262_351)]
    public async Task ProtectedKey_OnTheWire_HasTheBytesThatTheDocumentsName(string scheme, VectorForm form, int bytes)
    {
        using RoundKeyLab lab = await LabAsync(scheme, form, clients: 3);

        lab.Uploads.Should().OnlyContain(upload => upload.WrappedKey.Length == bytes);
    }

    [SealFact]
    public async Task Job_WhoseParametersDoNotProtectRoundKeys_IsRefusedWithTheReason()
    {
        Func<Task> smallPrime = () => RoundKeyLab.CreateAsync(new BenchOptions { Scheme = "seal-small-prime" });
        Func<Task> coarse = () => RoundKeyLab.CreateAsync(new BenchOptions { Scheme = "seal-coarse" });

        (await smallPrime.Should().ThrowAsync<HeParameterException>()).Which.Error.Should().Be(ParameterError.ModulusSizeNotSupported);
        (await coarse.Should().ThrowAsync<HeCapacityException>()).Which.Message.Should().Contain("more fractional bits");
    }

    private static Task<RoundKeyLab> LabAsync(string scheme, VectorForm form, int clients) => RoundKeyLab.CreateWithUploadsAsync(new BenchOptions
    {
        Scheme = scheme,
        UploadForm = form,
        Clients = clients,
        Mask = EncryptionMask.Layers(TestModel.Layout, "output"),
    });

    private static void ShouldNotBeDecrypted(RoundKeyLab lab, VerifiableAggregate forged, string because)
    {
        (IgnoredReason? reason, int keyUses, _) = lab.Open(forged);

        (reason, keyUses).Should().Be((IgnoredReason.BadTag, 0), because);
    }

    private static VerifiableAggregate WithKeys(RoundKeyLab lab, params RoundKeyLab.Part[] keys)
        => WithKeySum(lab, lab.Sum(lab.All, keys).KeySum.ToArray());

    /// <summary>
    /// Puts another sum of keys behind the head of the honest one, which states key and bound, under a list that fixes both.
    /// </summary>
    private static VerifiableAggregate WithKeySum(RoundKeyLab lab, byte[] keys)
    {
        VerifiableAggregate honest = lab.HonestSum();
        honest.KeySum.Span[..HeadLength].CopyTo(keys);
        return lab.Relist(honest with { KeySum = keys });
    }

    /// <summary>Returns the ciphertext, in full form, that adds up to zero with another one.</summary>
    private static byte[] Negative(RoundKeyLab lab, ReadOnlyMemory<byte> wrapped)
    {
        byte[] bytes = wrapped.ToArray();
        ICiphertextResidues residues = lab.Protocol.Outer!.Residues!;
        int words = 2 * residues.Primes.Count * residues.PolynomialLength;
        for (int i = 0; i < words; i++)
        {
            Span<byte> word = bytes.AsSpan(bytes.Length - (sizeof(ulong) * (words - i)));
            ulong prime = (ulong)residues.Primes[i / residues.PolynomialLength % residues.Primes.Count];
            ulong residue = BinaryPrimitives.ReadUInt64LittleEndian(word);
            BinaryPrimitives.WriteUInt64LittleEndian(word, residue == 0 ? 0 : prime - residue);
        }

        return bytes;
    }

    private static RefusalReason ReasonOf(RoundKeyLab lab, int index, ProtectedUpdate upload)
        => lab.Bench.ReasonIn(lab.Bench.Server.Receive(lab.Bench.SignedUpload(index, upload.ToArray())));

    private static byte[] AggregateOf(FederationServer server, RoundKeyLab lab)
    {
        server.Receive(lab.Messages[1]);
        return TestBench.Unsigned(server.Receive(lab.Messages[2]).First(message => message.Kind == MessageKind.Aggregate).Bytes);
    }
}

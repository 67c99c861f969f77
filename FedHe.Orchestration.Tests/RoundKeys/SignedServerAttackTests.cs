using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>
/// A server that signs everything rightly and cheats with the sums gets nothing opened: each attack works on a client without
/// the checks, and is refused by a client before it uses the job's secret key.
/// </summary>
public sealed class SignedServerAttackTests
{
    private static readonly BenchOptions WithClearLayer =
        new() { Scheme = "ckks", Mask = EncryptionMask.Layers(TestModel.Layout, "output") };

    public static TheoryData<string> Attacks => new(
        "drops", "doubles", "swaps", "replaces", "relabels", "one as four", "other weight", "other reference weight");

    [Fact]
    public async Task Sum_OfTheHonestServer_IsOpenedWithOneUseOfTheKey()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);

        (IgnoredReason? reason, int keyUses, AveragedModel? average) = lab.Open(lab.HonestSum());

        (reason, keyUses).Should().Be((null, 1), "or the tests of this class prove nothing");
        TestModel.Flat(average!.Parameters).Should().Equal(TestModel.Flat(lab.OpenUnchecked(lab.HonestSum()).Parameters));
        (await lab.DeliverAsync(lab.HonestSum())).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Sum_OfOtherUploads_ChangesTheAverageOnlyWithoutTags(string attack)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate forged = Forge(lab, attack);

        double[] unchecked_ = TestModel.Flat(lab.OpenUnchecked(forged).Parameters);
        (IgnoredReason? reason, int keyUses, _) = lab.Open(forged);

        double[] honest = TestModel.Flat(lab.OpenUnchecked(lab.HonestSum()).Parameters);
        unchecked_.AsSpan().SequenceEqual(honest).Should().Be(attack == "swaps", "without tags the attack works; a swap is the same sum");
        (reason, keyUses).Should().Be((IgnoredReason.BadTag, 0));
        (await lab.DeliverAsync(forged)).Should().Be(IgnoredReason.BadTag);
        ShouldBeUntouched(lab.Bench.Clients[0], lab.SignedSum(forged));
    }

    [Fact]
    public async Task Sum_OfOneUploadFourTimes_GivesThatClientsModelOnlyWithoutTags()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);

        double[] opened = TestModel.Flat(lab.OpenUnchecked(Forge(lab, "one as four")).Parameters);

        double[] victim = lab.ModelOf(0);
        for (int i = 0; i < victim.Length; i++)
        {
            opened[i].Should().BeApproximately(victim[i], 1e-5, "without tags the average of four is one client's model");
        }
    }

    [Fact]
    public async Task KeySum_ZeroAndConstant_IsAKeyOracleOnlyWithoutTags()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate honest = lab.HonestSum();
        using EncryptedVector full = lab.Bench.Keys[0].CreateEncryptor(VectorForm.Full).Encrypt(new double[lab.Protocol.Parameters.Degree], maxAbs: 1);
        byte[] oracle = RoundKeyLab.BytesOf(full);
        int degree = lab.Protocol.Outer!.Residues!.PolynomialLength;
        int polynomial = 50 * degree / 8;
        oracle.AsSpan(oracle.Length - (2 * polynomial)).Clear();
        for (int i = 0; i < degree; i++)
        {
            // c0 = 0 and c1 = 2^30; a constant has the same value everywhere in the transform domain, 50 bits each.
            int bit = (50 * i) + 30;
            oracle[oracle.Length - polynomial + (bit / 8)] |= (byte)(1 << (bit % 8));
        }

        using EncryptedVector forged = lab.ReadKeys(oracle);
        var digits = new double[forged.Length];
        lab.Bench.Keys[0].CreateDecryptor().Decrypt(forged, digits);
        digits.Select(digit => Math.Round(digit * 1e6)).Distinct().Should().HaveCount(3, "without tags the answer is the ternary key itself");

        VerifiableAggregate sum = lab.Relist(honest with { KeySum = oracle });
        (IgnoredReason? reason, int keyUses, _) = lab.Open(sum);
        (reason, keyUses).Should().Be((IgnoredReason.BadTag, 0));
        (await lab.DeliverAsync(sum)).Should().Be(IgnoredReason.BadTag);
    }

    [Theory]
    [InlineData("ckks")]
    [InlineData("paillier")]
    public async Task Uploads_OfAnEarlierRound_AreFoundInALaterSum(string scheme)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Scheme = scheme });
        RoundKeyLab.Part old = lab.Own(3);
        VerifiableAggregate first = lab.HonestSum();
        IReadOnlyList<OutgoingMessage> messages = lab.Close();
        await lab.Bench.DeliverAsync(messages, MessageKind.Aggregate);
        await lab.TrainAsync(messages);
        RoundKeyLab.Part[] fresh = [lab.Own(0), lab.Own(1), lab.Own(2)];
        Digest chain = lab.Attempt.Base;

        VerifiableAggregate oneOld = lab.Sum([.. fresh, old]);
        VerifiableAggregate relabeled = first with { List = first.List with { Round = 2, Base = chain } };

        (IgnoredReason? reason, int keyUses, _) = lab.Open(oneOld, round: 2, chain);
        (reason, keyUses).Should().Be((IgnoredReason.BadTag, 0));
        (reason, keyUses, _) = lab.Open(relabeled, round: 2, chain);
        (reason, keyUses).Should().Be((IgnoredReason.NotTheListedSum, 0));
        (reason, keyUses, _) = lab.Open(first, round: 2, chain);
        (reason, keyUses).Should().Be((IgnoredReason.BadAggregate, 0));
    }

    [Fact]
    public async Task Uploads_OfAnEarlierAttempt_AreFoundInALaterSum()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        RoundKeyLab.Part old = lab.Own(3);
        await lab.TrainAsync([.. lab.Bench.Identities.Select((identity, i) => new OutgoingMessage(
            identity.Client,
            MessageKind.Invitation,
            lab.Bench.FromServer(new Invitation(lab.Bench.Slot(i, attempt: 2), lab.Attempt.Base, lab.Attempt.ReferenceWeight))))]);
        lab.Attempt.Number.Should().Be(2);

        (IgnoredReason? reason, int keyUses, _) = lab.Open(lab.Sum([lab.Own(0), lab.Own(1), lab.Own(2), old]));

        (reason, keyUses).Should().Be((IgnoredReason.BadTag, 0));
    }

    [Fact]
    public async Task Parts_OfSumsThatDoNotBelongTogether_AreRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        RoundKeyLab.Part[] all = lab.All;
        RoundKeyLab.Part[] three = all[..3];

        foreach (VerifiableAggregate forged in new[]
        {
            lab.Sum(all, keys: three), lab.Sum(all, tags: three), lab.Sum(three, keys: all), lab.Sum(three, tags: all),
            lab.Sum(all, keys: [.. three, all[0]]), lab.Sum(all, tags: [.. three, all[0]]), lab.Sum(three, keys: all, tags: all),
            lab.Sum(all, keys: [.. all, all[0]]),
        })
        {
            (IgnoredReason? reason, int keyUses, _) = lab.Open(forged);
            (reason, keyUses).Should().Be((IgnoredReason.BadTag, 0));
        }

        VerifiableAggregate otherList = lab.Sum(three, listed: [.. all.Select(part => part.Contributor)]);
        (IgnoredReason? other, int uses, _) = lab.Open(otherList);
        (other, uses).Should().Be((IgnoredReason.NotTheListedSum, 0));
    }

    [Fact]
    public async Task Tags_ZeroedOrMissing_AreRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate honest = lab.HonestSum();
        int length = honest.List.Tags.Length;

        foreach ((byte[] tags, IgnoredReason expected) in new[]
        {
            (new byte[length], IgnoredReason.BadTag),
            (honest.List.Tags[..^LinearTag.SizeInBytes].ToArray(), IgnoredReason.BadAggregate),
            (Array.Empty<byte>(), IgnoredReason.BadAggregate),
            ([.. Enumerable.Repeat((byte)0xFF, length)], IgnoredReason.BadAggregate),
        })
        {
            (IgnoredReason? reason, int keyUses, _) = lab.Open(honest with { List = honest.List with { Tags = tags } });
            (reason, keyUses).Should().Be((expected, 0));
        }
    }

    [Fact]
    public async Task ClearSum_PlusThePrimeOfTags_PassesTheTagAndNotTheRange()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate honest = lab.HonestSum();
        int clear = 48 + 32 + 16 + 4 + 4 + 24;
        byte[] bytes = honest.Aggregate.ToArray();
        long sum = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(clear));
        Math.Abs(sum).Should().BeLessThan(4L << 30, "or the offset is wrong");
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(clear), sum + TagModulus.Default.Prime);
        using var hasher = new ContentHasher(lab.Bench.Keys[0].TagKey, lab.Attempt, lab.Protocol.Parameters);
        LinearHash HashOf(ReadOnlyMemory<byte> source)
        {
            var integers = new long[lab.Protocol.Lengths.ClearCount];
            WireIntegers.Read(source.Span.Slice(clear, sizeof(long) * integers.Length), sizeof(long), integers);
            hasher.BeginClear();
            hasher.AppendClear(integers, contributors: 4);
            return hasher.CompleteClear();
        }

        LinearTag honestTag = TagOf(lab, HashOf(honest.Aggregate));
        TagOf(lab, HashOf(bytes)).Should().Be(honestTag, "modulo the prime nothing changed");

        (IgnoredReason? reason, int keyUses, _) = lab.Open(lab.Relist(honest with { Aggregate = bytes }));

        (reason, keyUses).Should().Be((IgnoredReason.BadAggregate, 0));
    }

    [Fact]
    public async Task EncryptedSum_OutOfRange_IsRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate honest = lab.HonestSum();
        byte[] bytes = honest.Aggregate.ToArray();
        bytes.AsSpan(bytes.Length - 64).Fill(0xFF);

        (IgnoredReason? reason, int keyUses, _) = lab.Open(lab.Relist(honest with { Aggregate = bytes }));

        (reason, keyUses).Should().Be((IgnoredReason.BadAggregate, 0));
    }

    [Fact]
    public async Task List_ThatBreaksARule_IsRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { MinimumContributors = 3, Quorum = 3 });
        ContributorList list = lab.HonestSum().List;
        Contributor first = list.Contributors[0];
        Contributor stranger = first with { Client = new ClientId("zz") };
        var cases = new (ContributorList List, IgnoredReason Reason)[]
        {
            (list with { Contributors = list.Contributors[..2] }, IgnoredReason.TooFewContributors),
            (list with { Contributors = [.. list.Contributors[..3], stranger] }, IgnoredReason.ForeignContributor),
            (list with { Contributors = [first, .. list.Contributors] }, IgnoredReason.ForeignContributor),
            (list with { Contributors = [.. list.Contributors.Reverse()] }, IgnoredReason.ForeignContributor),
            (list with { Contributors = [first with { Weight = 0 }, .. list.Contributors[1..]] }, IgnoredReason.ForeignContributor),
            (list with { Contributors = [first with { Weight = long.MaxValue }, .. list.Contributors[1..]] }, IgnoredReason.ForeignContributor),
            (list with { Round = 2 }, IgnoredReason.BadAggregate),
            (list with { AttemptNumber = 3 }, IgnoredReason.BadAggregate),
            (list with { ReferenceWeight = long.MaxValue }, IgnoredReason.BadAggregate),
            (list with { Base = default }, IgnoredReason.OtherHistory),
            (list with { Contributors = [.. list.Contributors.Select(each => each with { Weight = 1 })] }, IgnoredReason.UnevenWeights),
        };

        foreach ((ContributorList broken, IgnoredReason expected) in cases)
        {
            VerifiableAggregate sum = lab.HonestSum() with { List = broken };
            (IgnoredReason? reason, int keyUses, _) = lab.Open(sum);
            (reason, keyUses).Should().Be((expected, 0));
            IgnoredReason? delivered = await lab.DeliverAsync(sum);
            delivered.Should().NotBeNull();
        }

        (await lab.DeliverAsync(lab.HonestSum())).Should().BeNull("refused messages change nothing");
    }

    [Fact]
    public async Task Share_AboveTheJobsLimit_IsRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { LargestShare = 0.39 });

        (IgnoredReason? reason, int keyUses, _) = lab.Open(lab.HonestSum());

        (reason, keyUses).Should().Be((IgnoredReason.UnevenWeights, 0), "c4 has 40 of 100");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnyBit_OfTheListOrTheSums_IsFoundBeforeTheKeyIsUsed(bool isListedAgain)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate honest = lab.HonestSum();
        byte[] bytes = honest.ToArray();
        int keys = 8 + honest.List.ToArray().Length;
        int aggregate = keys + honest.KeySum.Length + 4;
        int[] dense = [.. Enumerable.Range(0, 8 * (keys + 200)), .. Enumerable.Range(8 * aggregate, 8 * 250)];
        int[] sparse = [.. Enumerable.Range(0, bytes.Length / 61).Select(i => (8 * 61 * i) + (i % 8))];
        double[] expected = TestModel.Flat(lab.Open(honest).Average!.Parameters);
        int opened = 0;

        foreach (int bit in dense.Concat(sparse).Where(bit => bit / 8 < bytes.Length))
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (VerifiableAggregate.TryRead(bytes) is VerifiableAggregate flipped)
            {
                flipped = isListedAgain && bit / 8 >= keys ? lab.Relist(flipped) : flipped;
                (IgnoredReason? reason, int keyUses, AveragedModel? average) = lab.Open(flipped);

                // The noise that the head of a ciphertext states is a claim that nothing depends upon.
                bool isClaim = isListedAgain && bit / 8 >= keys + 80 && bit / 8 < keys + 104;
                if (isClaim && reason is null)
                {
                    TestModel.Flat(average!.Parameters).Should().Equal(expected);
                    keyUses = 0;
                }
                else
                {
                    reason.Should().NotBeNull("bit {0} of byte {1} (key sum from {2}, sums from {3})", bit % 8, bit / 8, keys, aggregate);
                }

                // The key tag is checked against the key; nothing but the sum of keys is decrypted before that.
                bool isKeyTag = bit / 8 < keys - 4 && bit / 8 >= keys - 4 - LinearTag.SizeInBytes;
                keyUses.Should().BeLessThanOrEqualTo(isKeyTag ? 1 : 0, "bit {0} of byte {1} (key sum from {2}, sums from {3}): {4}", bit % 8, bit / 8, keys, aggregate, reason);
                opened++;
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        opened.Should().BeGreaterThan(3000);
    }

    [Fact]
    public async Task Fork_TwoListsOfARound_GivesAwayAClientOnlyWhereModelsLeaveUnconfirmed()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate four = lab.HonestSum();
        VerifiableAggregate three = lab.HonestSum(0, 1, 2);
        var confirmations = new List<(Digest Chain, RelayedConfirmation Signature)>();
        foreach (int index in Enumerable.Range(0, 4))
        {
            VerifiableAggregate shown = index < 2 ? four : three;
            ReadOnlyMemory<byte> confirmation = (await lab.Bench.Clients[index].ReceiveAsync(lab.SignedSum(shown))).Single();
            confirmations.Add((shown.List.Chain, new RelayedConfirmation(lab.Bench.Identities[index].Client, confirmation[^64..])));
        }

        double[] a = TestModel.Flat(lab.Bench.Clients[0].GlobalModel);
        double[] b = TestModel.Flat(lab.Bench.Clients[2].GlobalModel);
        double[] victim = lab.ModelOf(3);
        for (int i = 0; i < victim.Length; i++)
        {
            ((a[i] * 100) - (b[i] * 60)).Should().BeApproximately(40 * victim[i], 1e-2, "two open lists give away the fourth model");
        }

        // No client lets its model leave: neither list has three signatures, and signatures of both together count for neither.
        foreach (int index in Enumerable.Range(0, 4))
        {
            FederationClient client = lab.Bench.Clients[index];
            foreach (IEnumerable<(Digest, RelayedConfirmation Signature)> chosen in new[] { confirmations[..2], confirmations[2..], confirmations })
            {
                await client.ReceiveAsync(lab.Bench.FromServer(
                    new ConfirmationsMessage(lab.Bench.JobId, 1, [.. chosen.Select(each => each.Signature)])));
                client.LastIgnored.Should().Be(IgnoredReason.BadConfirmation);
            }

            client.Release.Should().Be(ModelRelease.Unconfirmed);
            (await lab.DeliverAsync(index < 2 ? three : four, index)).Should().Be(IgnoredReason.Outdated, "a client opens one list a round");
        }

        // The next round cannot join both branches.
        await lab.Bench.Clients[2].ReceiveAsync(lab.Bench.FromServer(
            new Invitation(lab.Bench.Slot(2, round: 2, attempt: 1), four.List.Chain, 40)));
        lab.Bench.Clients[2].LastIgnored.Should().Be(IgnoredReason.WrongBaseModel);
    }

    [Fact]
    public async Task Confirmations_ForgedDoubledOrOfAnotherModel_ConfirmNothing()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate honest = lab.HonestSum();
        var good = new List<RelayedConfirmation>();
        for (int i = 0; i < 4; i++)
        {
            ReadOnlyMemory<byte> bytes = (await lab.Bench.Clients[i].ReceiveAsync(lab.SignedSum(honest))).Single();
            good.Add(new RelayedConfirmation(lab.Bench.Identities[i].Client, bytes[^64..]));
        }

        RelayedConfirmation Signed(int index, Guid job, int round, Digest chain) => new(
            lab.Bench.Identities[index].Client,
            MessageFormat.WriteSigned(new Confirmation(job, lab.Bench.Identities[index].Client, round, chain), lab.Bench.Context.ParametersId, lab.Bench.Identities[index]).AsMemory()[^64..]);
        Digest chain = honest.List.Chain;
        RelayedConfirmation[][] bad =
        [
            [good[0], good[1]],
            [good[0], good[1], good[1]],
            [good[0], good[1], good[2] with { Client = good[3].Client }],
            [good[0], good[1], good[2] with { Signature = new byte[64] }],
            [good[0], good[1], good[2] with { Client = new ClientId("zz") }],
            [good[0], good[1], Signed(2, lab.Bench.JobId, 1, lab.Bench.Job.StartDigest)],
            [good[0], good[1], Signed(2, lab.Bench.JobId, 2, chain)],
            [good[0], good[1], Signed(2, Guid.NewGuid(), 1, chain)],
        ];

        foreach (RelayedConfirmation[] confirmations in bad)
        {
            await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(new ConfirmationsMessage(lab.Bench.JobId, 1, [.. confirmations])));
            lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.BadConfirmation);
            lab.Bench.Clients[0].Release.Should().Be(ModelRelease.Unconfirmed);
        }

        await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(new ConfirmationsMessage(lab.Bench.JobId, 1, [.. good.Take(3)])));
        lab.Bench.Clients[0].Release.Should().Be(ModelRelease.MayBePublished);
    }

    [Fact]
    public async Task Evidence_OfABadTag_IsTheServersSignedMessageAndTheThirdStopsTheClient()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        string[] attacks = ["drops", "doubles", "swaps"];

        foreach (string attack in attacks)
        {
            VerifiableAggregate forged = Forge(lab, attack);
            (await lab.DeliverAsync(forged)).Should().Be(IgnoredReason.BadTag);
            var evidence = (AggregateMessage)lab.Bench.Parse(lab.Bench.Clients[0].Evidence!.Value);
            evidence.Aggregate.ToArray().Should().Equal(forged.ToArray());
        }

        (await lab.DeliverAsync(lab.HonestSum())).Should().Be(IgnoredReason.Stopped);
    }

    [Fact]
    public async Task History_WithAHoleOrAnotherList_IsNotFollowed()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(WithClearLayer with { Rounds = 5, Clients = 5, ClientsPerRound = 4, Quorum = 4 });
        IReadOnlyList<OutgoingMessage> messages = [.. lab.Bench.Clients.Take(4).SelectMany(client => lab.Bench.Server.Receive(client.Announce())), .. lab.Bench.Server.StartUp()];
        var lists = new List<ContributorList>();
        for (int round = 1; round <= 3; round++)
        {
            await lab.TrainAsync(messages);
            lists.Add(lab.HonestSum().List);
            messages = lab.Close();
            await lab.Bench.DeliverAsync(messages, MessageKind.Aggregate);
        }

        ReadOnlyMemory<byte> aggregate = messages.First(message => message.Kind == MessageKind.Aggregate).Bytes;
        FederationClient late = lab.Bench.Clients[4];
        await late.ReceiveAsync(History(lab, lists[0], lists[1]));
        late.LastIgnored.Should().Be(IgnoredReason.NotRequested);
        await late.ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(4, round: 4, attempt: 1), lists[2].Chain, 40)));

        ContributorList[][] broken =
        [
            [lists[1]], [lists[1], lists[0]], [lists[0], lists[0]], [lists[0], lists[1] with { ReferenceWeight = 39 }, lists[2]],
            [lists[0] with { AttemptNumber = 2 }, lists[1]],
        ];
        foreach (ContributorList[] history in broken)
        {
            await late.ReceiveAsync(History(lab, history));
            late.LastIgnored.Should().NotBeNull();
            await late.ReceiveAsync(aggregate);
            late.LastIgnored.Should().Be(IgnoredReason.OtherHistory, "a refused history changes nothing");
        }

        await late.ReceiveAsync(History(lab, lists[0], lists[1]));
        late.LastIgnored.Should().BeNull();
        await late.ReceiveAsync(aggregate);
        late.ModelRound.Should().Be(3);
    }

    [Fact]
    public async Task History_BeyondTheRequestedRound_IsNotFollowed()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Rounds = 3 });
        VerifiableAggregate first = lab.HonestSum();
        ContributorList Next(ContributorList before) => before with { Round = before.Round + 1, Base = before.Chain };
        FederationClient client = lab.Bench.Clients[0];
        await client.ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(0, round: 2, attempt: 1), first.List.Chain, 40)));
        ContributorList[] endless = [first.List, Next(first.List), Next(Next(first.List)), Next(Next(Next(first.List)))];

        await client.ReceiveAsync(History(lab, endless));

        client.LastIgnored.Should().NotBeNull("the client asked for round 1, and the job has three");
        (await lab.DeliverAsync(first)).Should().BeNull("a refused history changes nothing");
        client.ModelRound.Should().Be(1);
    }

    internal static byte[] History(RoundKeyLab lab, params ContributorList[] lists) => lab.Bench.FromServer(
        new HistoryMessage(lab.Bench.JobId, [.. lists.Select(list => (ReadOnlyMemory<byte>)list.ToArray())]));

    internal static VerifiableAggregate Forge(RoundKeyLab lab, string attack)
    {
        RoundKeyLab.Part[] all = lab.All;
        RoundKeyLab.Part As(int upload, int name) => all[upload] with
        {
            Contributor = all[name].Contributor,
        };
        RoundKeyLab.Part[] ones = [.. all.Select(part => all[0] with { Contributor = part.Contributor with { Weight = all[0].Contributor.Weight } })];
        return attack switch
        {
            "drops" => lab.Sum(all[..3], tags: all),
            "doubles" => lab.Sum([all[0], all[1], all[2], all[0] with { Contributor = all[0].Contributor with { Client = all[3].Contributor.Client } }]),
            "swaps" => lab.Sum([As(1, 0), As(0, 1), all[2], all[3]], tags: null) is var swapped
                ? lab.Relist(swapped with { List = swapped.List with { Contributors = [Named(all[0], all[1]), Named(all[1], all[0]), all[2].Contributor, all[3].Contributor] } })
                : null!,
            "replaces" => lab.Sum([all[0], all[1], all[2], As(2, 3)]),
            "relabels" => lab.Sum([.. all[..3], all[3] with { Contributor = all[3].Contributor with { Nonce = default } }]) is var sum
                ? lab.Relist(sum with { Aggregate = WithWeightOf(sum.Aggregate, 0) })
                : null!,
            "one as four" => lab.Sum(ones),
            "other weight" => lab.Sum([.. all[..3], all[3] with { Contributor = all[3].Contributor with { Weight = 20 } }]),
            "other reference weight" => lab.Sum(all, attempt: lab.Attempt with { ReferenceWeight = 20 }),
            _ => throw new ArgumentOutOfRangeException(nameof(attack)),
        };

        static Contributor Named(RoundKeyLab.Part name, RoundKeyLab.Part nonce) => name.Contributor with { Nonce = nonce.Contributor.Nonce };
    }

    /// <summary>Changes one sum in clear by one unit of the last place.</summary>
    private static byte[] WithWeightOf(ReadOnlyMemory<byte> aggregate, int index)
    {
        byte[] bytes = aggregate.ToArray();
        Span<byte> field = bytes.AsSpan(48 + 32 + 16 + 4 + 4 + 24 + (8 * index));
        BinaryPrimitives.WriteInt64LittleEndian(field, BinaryPrimitives.ReadInt64LittleEndian(field) + 1);
        return bytes;
    }

    private static LinearTag TagOf(RoundKeyLab lab, LinearHash hash)
    {
        using PadKey pads = lab.Bench.Keys[0].TagKey.DerivePadKey("test"u8);
        return TagModulus.Default.Tag(hash, pads.PadAt(new PadPosition(kind: 9), TagModulus.Default));
    }

    private static void ShouldBeUntouched(FederationClient client, byte[] message)
    {
        (client.ModelRound, client.LatestAverage).Should().Be((0, null));
        TestBench.Unsigned(client.Evidence!.Value).Should().Equal(TestBench.Unsigned(message));
    }
}

using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.RoundKeys;

/// <summary>Hostile bytes in messages and states of round keys lead to refusals of a known type, and to little memory.</summary>
public sealed class HostileRoundKeyBytesTests
{
    private static readonly BenchOptions WithClearLayer =
        new() { Scheme = "ckks", Mask = EncryptionMask.Layers(TestModel.Layout, "output") };

    [Fact]
    public async Task Objects_TruncatedFlippedOrExtreme_AreReadOrRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        VerifiableAggregate sum = lab.HonestSum();
        byte[] list = sum.List.ToArray();
        ContributorList.TryRead(list)!.ToArray().Should().Equal(list);
        VerifiableAggregate.TryRead(sum.ToArray())!.ToArray().Should().Equal(sum.ToArray());
        ProtectedUpdate.TryRead(lab.Uploads[0].ToArray())!.ToArray().Should().Equal(lab.Uploads[0].ToArray());

        foreach (byte[] mutated in Mutations(list))
        {
            AllocationGuard guard = AllocationGuard.Start();
            ContributorList? read = ContributorList.TryRead(mutated);
            guard.ShouldBeAtMost(16 * mutated.Length + 16_384, () => $"list of {mutated.Length} bytes");
            read?.ToArray().Should().Equal(mutated, "every list has one encoding, or one chain would have two");
        }

        foreach (byte[] mutated in Mutations(sum.ToArray(), count: 500))
        {
            VerifiableAggregate.TryRead(mutated)?.ToArray().Should().Equal(mutated);
        }

        foreach (byte[] mutated in Mutations(lab.Uploads[0].ToArray(), count: 120))
        {
            ProtectedUpdate.TryRead(mutated)?.ToArray().Should().Equal(mutated);
        }
    }

    [Fact]
    public async Task Uploads_Mutated_SignedByTheirClient_AreRefusedOrOneContribution()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        byte[] state = lab.Bench.SaveState();
        byte[] original = lab.Uploads[0].ToArray();
        var reasons = new HashSet<RefusalReason>();
        FederationServer server = lab.Bench.Restore(state);

        foreach (byte[] mutated in Mutations(original, count: 300))
        {
            RefusalReason reason = lab.Bench.ReasonIn(server.Receive(lab.Bench.SignedUpload(0, mutated)));
            reasons.Add(reason);
            if (reason == RefusalReason.None)
            {
                server.Contributions.Should().ContainSingle();
                server.Dispose();
                server = lab.Bench.Restore(state);
            }
            else
            {
                server.Contributions.Should().BeEmpty("a refused upload changes nothing");
            }
        }

        server.Dispose();
        reasons.Should().Contain([RefusalReason.Malformed, RefusalReason.WrongBaseModel]);
    }

    [Fact]
    public async Task ServerMessages_Mutated_SignedByTheServer_DisturbNoClient()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Rounds = 5 });
        VerifiableAggregate sum = lab.HonestSum();
        ContributorList second = sum.List with { Round = 2, Base = sum.List.Chain };
        byte[] history = SignedServerAttackTests.History(lab, sum.List, second);
        byte[] confirmations = lab.Bench.FromServer(new ConfirmationsMessage(
            lab.Bench.JobId, 1, [new RelayedConfirmation(lab.Bench.Identities[0].Client, new byte[64]), new RelayedConfirmation(lab.Bench.Identities[1].Client, new byte[64])]));
        await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(0, round: 4, attempt: 1), default, 40)));

        foreach (byte[] message in new[] { lab.SignedSum(sum), history, confirmations })
        {
            foreach (byte[] mutated in Mutations(message[..^VerificationKey.SignatureSizeInBytes], count: 300))
            {
                byte[] signed = Signed(lab, mutated);
                AllocationGuard guard = AllocationGuard.Start();
                await lab.Bench.Clients[0].ReceiveAsync(signed);
                guard.ShouldBeAtMost(4_000_000, () => $"message of {mutated.Length} bytes");
                lab.Bench.Clients[0].ModelRound.Should().BeLessThanOrEqualTo(1);
            }
        }
    }

    [Fact]
    public async Task Confirmation_AnyBitFlippedAndSignedAgain_IsRefusedOrVerifiesAtClients()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        ReadOnlyMemory<byte> aggregate = lab.Close().First(message => message.Kind == MessageKind.Aggregate).Bytes;
        byte[] genuine = (await lab.Bench.Clients[0].ReceiveAsync(aggregate)).Single().ToArray();

        for (int bit = 0; bit < 8 * (genuine.Length - 64); bit++)
        {
            byte[] flipped = [.. genuine];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            MessageSignature.Write(flipped, MessageSigner.Client, contentLength: 0, lab.Bench.Identities[0].Key);

            lab.Bench.ReasonIn(lab.Bench.Server.Receive(flipped)).Should().NotBe(
                RefusalReason.None, "bit {0}: clients verify the one encoding of a confirmation", bit);
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("ckks")]
    public async Task ServerState_InMidAttempt_IsRestoredOrRefused(string scheme)
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer with { Scheme = scheme });
        IReadOnlyList<OutgoingMessage> messages = lab.Close();
        var confirmations = new List<ReadOnlyMemory<byte>>();
        foreach (OutgoingMessage message in messages.Where(message => message.Kind == MessageKind.Aggregate))
        {
            confirmations.AddRange(await lab.Bench.ClientOf(message).ReceiveAsync(message.Bytes));
        }

        lab.Bench.Server.Receive(confirmations[0]);
        await lab.TrainAsync(messages);
        lab.Bench.Server.Receive(lab.Messages[0]);
        lab.Bench.Server.Receive(lab.Messages[1]);
        byte[] saved = lab.Bench.SaveState();
        byte[] state = TestBench.ContentOf(saved);

        foreach (byte[] mutated in Mutations(state, count: scheme == "plain" ? 1200 : 40, truncationStep: (state.Length / 500) + 1))
        {
            ShouldRestoreOrRefuse(lab, lab.Bench.Resealed(saved, mutated));
        }

        // Weights of contributors stand in the state of the sum; two that are each possible may exceed 64 bits together.
        foreach (int offset in Offsets(state, 10L).Concat(Offsets(state, 20L)))
        {
            foreach (long weight in new[] { long.MaxValue, 0, 19, 21 })
            {
                byte[] mutated = [.. state];
                BinaryPrimitives.WriteInt64LittleEndian(mutated.AsSpan(offset), weight);
                ShouldRestoreOrRefuse(lab, lab.Bench.Resealed(saved, mutated));
            }
        }
    }

    [Fact]
    public async Task ServerState_WhoseContributorsExchangedTheirWeights_IsRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        lab.Bench.Server.Receive(lab.Messages[0]);
        lab.Bench.Server.Receive(lab.Messages[1]);
        byte[] state = lab.Bench.SaveState();
        byte[] attempt = BytesOf(lab.Uploads[0].Nonce);
        byte[] other = BytesOf(lab.Uploads[1].Nonce);
        int first = state.AsSpan().LastIndexOf(attempt) - sizeof(long);
        int second = state.AsSpan().LastIndexOf(other) - sizeof(long);
        BinaryPrimitives.ReadInt64LittleEndian(state.AsSpan(first)).Should().Be(10, "or the lines below change something else");
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(first), 20);
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(second), 10);

        Action act = () => lab.Bench.Restore(lab.Bench.Resealed(state)).Dispose();

        act.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task ServerState_WhoseContributorsWeighMoreThan64Bits_IsRefused()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(WithClearLayer);
        lab.Bench.Server.Receive(lab.Messages[0]);
        lab.Bench.Server.Receive(lab.Messages[1]);
        byte[] state = lab.Bench.SaveState();
        foreach (int index in new[] { 0, 1 })
        {
            int weight = state.AsSpan().LastIndexOf(BytesOf(lab.Uploads[index].Nonce)) - sizeof(long);
            BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(weight), long.MaxValue);
        }

        Action act = () => lab.Bench.Restore(lab.Bench.Resealed(state)).Dispose();

        act.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    /// <summary>Signs mutated bytes; of an aggregate that can still be parsed, with the digest of its content.</summary>
    private static byte[] Signed(RoundKeyLab lab, byte[] mutated)
    {
        byte[] signed = [.. mutated, .. new byte[VerificationKey.SignatureSizeInBytes]];
        if (MessageFormat.TryRead(signed, lab.Bench.Context.ParametersId, int.MaxValue, out FederationMessage? message, out _)
            && message is AggregateMessage aggregate)
        {
            return MessageFormat.WriteSigned(
                new AggregateMessage(aggregate.JobId, aggregate.Round, aggregate.Aggregate, aggregate.Proof) { Stamp = aggregate.Stamp },
                lab.Bench.Context.ParametersId,
                lab.Bench.ServerIdentity);
        }

        MessageSignature.Write(signed, MessageSigner.Server, contentLength: 0, lab.Bench.ServerIdentity.Key);
        return signed;
    }

    private static byte[] BytesOf(Digest digest)
    {
        var bytes = new byte[Digest.SizeInBytes];
        digest.CopyTo(bytes);
        return bytes;
    }

    private static void ShouldRestoreOrRefuse(RoundKeyLab lab, byte[] state)
    {
        try
        {
            lab.Bench.Restore(state).Dispose();
        }
        catch (StateRefusedException)
        {
            // The only exception that hostile bytes may cause.
        }
    }

    private static IEnumerable<int> Offsets(byte[] bytes, long number)
    {
        byte[] pattern = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(pattern, number);
        for (int i = 0; i <= bytes.Length - sizeof(long); i++)
        {
            if (bytes.AsSpan(i, sizeof(long)).SequenceEqual(pattern))
            {
                yield return i;
            }
        }
    }

    private static IEnumerable<byte[]> Mutations(byte[] bytes, int count = 1000, int truncationStep = 0)
    {
        int step = truncationStep > 0 ? truncationStep : (bytes.Length / 300) + 1;
        var hostile = new HostileBytes(seed: 20261128);
        return HostileBytes.Truncations(bytes, step).Concat(HostileBytes.BitFlips(bytes, Math.Min(bytes.Length, count / 4)))
            .Concat(HostileBytes.ExtremeFields(bytes, Math.Min(bytes.Length, count / 10))).Select(mutated => mutated.ToArray())
            .Concat(Enumerable.Range(0, count).Select(_ => hostile.Next(bytes).ToArray()))
            .Where(mutated => !mutated.AsSpan().SequenceEqual(bytes))
            .Append([.. bytes, 0]);
    }
}

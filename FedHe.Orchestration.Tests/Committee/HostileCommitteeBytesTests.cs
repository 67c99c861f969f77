using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// Damaged bytes of everything that a committee adds, unsigned or signed by a hostile party: they are refused, or read as something that
/// could have been written; they disturb nobody and cause no other exception than the documented ones.
/// </summary>
public sealed class HostileCommitteeBytesTests
{
    private const int Seed = 20261129;
    private const int Client = 0;

    [Fact]
    public async Task ServerMessages_OfAHostileServer_DisturbNoClient()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            (ServerMessage Message, int Count)[] messages =
            [
                (new MemberKeyRequest(lab.Bench.Job.JobId, 1), 300),
                (new BoxDelivery(lab.Bench.Job.JobId, lab.Bench.Name(Client), 1, lab.BoxesOf(opening, Client).ToArray()), 80),
                (new ListOffer(lab.Bench.Job.JobId, 1, opening.ListBytes), 80),
                (lab.InvitationOf(Client, 1, 1, attempt.Keys), 100),
                (lab.AggregateOf(opening, await lab.AnswersAsync(opening, 1, 2, 3, 4)), 60),
            ];
            byte[] ledger = lab.Bench.LedgerOf(Client)!;
            foreach ((ServerMessage message, int count) in messages)
            {
                byte[] bytes = lab.Bench.FromServer(message);
                foreach (byte[] mutated in Mutations(bytes, count))
                {
                    ClientStep step = await lab.Bench.Clients[Client].HandleAsync(mutated);
                    step.Messages.Should().BeEmpty("the seed is {0}", Seed);
                    (step.Ignored is not null, step.State, step.Ledger).Should().Be((true, null, null));
                }

                // Whatever a server signs, its clients stay whole and have the model that they had.
                FederationClient client = lab.Bench.Clients[Client];
                foreach (byte[] mutated in Mutations(bytes[..^MessageSignature.SizeInBytes], count).Select(cut => Signed(lab, cut)))
                {
                    ClientStep step = await client.HandleAsync(mutated);
                    if (step.ModelRound > 0)
                    {
                        // The change was in what surrounds the sum.
                        VerifiableAggregate opened = VerifiableAggregate.TryRead(((AggregateMessage)lab.Bench.Parse(mutated)).Aggregate)!;
                        opened.List.Chain.Should().Be(opening.Chain);
                        opened.Aggregate.ToArray().Should().Equal(opening.Aggregate.ToMemory().ToArray());
                        client = new FederationClient(lab.Bench.ClientSetup(Client));
                    }

                    step.Messages.Select(sent => lab.Bench.Parse(sent)).OfType<ShareAnswer>().Any().Should().Be(step.Messages.Length > 0 && message is ListOffer);
                }

                lab.Bench.SetLedger(Client, ledger);
                lab.Bench.Clients[Client] = new FederationClient(lab.Bench.ClientSetup(Client));
            }

            (await lab.AnswersAsync(opening, Client)).Should().ContainSingle();
        }
    }

    [Fact]
    public async Task MemberMessages_DisturbNoServer()
    {
        using CommitteeBench bench = await PausedAsync();
        byte[][] messages =
        [
            .. bench.Carried.Where(carried => carried.Client == bench.Name(Client)).Select(carried => carried.Message)
                .Where(message => message is MemberKeyMessage or BoxReport or ShareAnswer).Cast<ClientMessage>().Select(message => SignedBy(bench, message)),
        ];
        messages.Should().HaveCount(3);
        byte[] before = ContentOf(bench);
        foreach (byte[] mutated in messages.SelectMany(message => Mutations(message, count: 250)))
        {
            bench.Server.Handle(mutated).Refusal.Should().NotBe(RefusalReason.None);
        }

        bench.Server.Phase.Should().Be(ServerPhase.Opening);

        // Signed by the member: whatever it says, the round goes on with the other members.
        foreach (byte[] mutated in messages.SelectMany(message => Mutations(message[..^MessageSignature.SizeInBytes], count: 150)))
        {
            byte[] signed = [.. mutated, .. new byte[MessageSignature.SizeInBytes]];
            MessageSignature.Write(signed, MessageSigner.Client, contentLength: 0, bench.Identities[Client].Key);
            bench.Server.Handle(signed);
        }

        before.Should().NotBeEmpty();
        RestoreOf(bench, SaveStateOf(bench)).Dispose();
        bench.Server.Phase.Should().Be(ServerPhase.Opening);
    }

    [Fact]
    public async Task WireObjects_AreReadOrRefused_AndWrittenAsTheyWereRead()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            var answers = new CommitteeAnswers([.. await lab.AnswersAsync(opening)]);
            Check(lab.BoxesOf(opening, Client).ToArray(), bytes => DeliveredBoxes.TryRead(bytes)?.ToArray());
            Check(attempt.Uploads[1].Key.ToArray(), bytes => SharedKey.TryRead(bytes)?.ToArray());
            Check(answers.ToArray(), bytes => CommitteeAnswers.TryRead(bytes)?.ToArray());
            Check(opening.ListBytes.ToArray(), bytes => ContributorList.TryRead(bytes)?.ToArray());
        }

        static void Check(byte[] bytes, Func<ReadOnlyMemory<byte>, byte[]?> rewrite)
        {
            rewrite(bytes).Should().Equal(bytes);
            foreach (byte[] mutated in Mutations(bytes, count: 2000))
            {
                AllocationGuard guard = AllocationGuard.Start();
                byte[]? read = rewrite(mutated);
                guard.ShouldBeAtMost(65_536 + (8 * bytes.Length), () => $"{mutated.Length} bytes, seed {Seed}");
                (read is null || read.AsSpan().SequenceEqual(mutated)).Should().BeTrue("seed {0}", Seed);
            }
        }
    }

    [Fact]
    public async Task UploadOfAHostileContributor_IsRefusedOrFolded()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        Upload? upload = null;
        bench.Network = (message, client, bytes) =>
        {
            upload = message is Upload own && client == bench.Name(Client) ? own : upload;
            return message is Upload ? null : bytes;
        };
        await bench.StartAsync();
        ProtectedUpdate content = ProtectedUpdate.TryRead(upload!.Update)!;

        foreach (byte[] mutated in Mutations(content.WrappedKey.ToArray(), count: 300))
        {
            byte[] hostile = (content with { WrappedKey = mutated }).ToArray();
            bench.Server.Handle(SignedBy(bench, new Upload(upload.Slot, hostile))).Refusal
                .Should().BeOneOf(RefusalReason.Malformed, RefusalReason.BadSeal);
        }

        bench.Server.Contributions.Should().BeEmpty();
        bench.Server.Handle(SignedBy(bench, upload)).Refusal.Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task MemberLedger_IsReadOrRefused()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            await lab.AnswersAsync(lab.Sum(attempt), Client);
            byte[] saved = lab.Bench.LedgerOf(Client)!;
            foreach (byte[] mutated in Mutations(saved, count: 300))
            {
                IsRead(mutated).Should().BeFalse("seed {0}", Seed);
            }

            StateStamp.TryRead(saved, out StateStamp? stamp).Should().BeTrue();
            byte[] content = TestBench.ContentOf(saved);
            Mutations(content, count: 600).Count(mutated => !IsRead(Resealed(mutated))).Should().BeGreaterThan(100);
            IsRead(Resealed(content)).Should().BeTrue();

            byte[] Resealed(byte[] mutated)
            {
                var bytes = new ArrayBufferWriter<byte>();
                StateEnvelope.Write(
                    WireKind.MemberLedger, lab.Bench.Parameters.Id, lab.Bench.Job.Digest, stamp!.Value, mutated, lab.Bench.Identities[Client].Key, bytes);
                return bytes.WrittenSpan.ToArray();
            }

            bool IsRead(byte[] bytes)
            {
                lab.Bench.SetLedger(Client, bytes);
                try
                {
                    lab.LedgerOf(Client).Dispose();
                    return true;
                }
                catch (StateRefusedException)
                {
                    return false;
                }
            }
        }
    }

    [Fact]
    public async Task ServerState_WithAnOpening_IsRestoredOrRefused()
    {
        using CommitteeBench bench = await PausedAsync();
        byte[] saved = SaveStateOf(bench);
        byte[] content = TestBench.ContentOf(saved);
        int refused = 0;
        byte[][] mutations = [.. Mutations(content, count: 100), .. Mutations(content, 60, truncations: 0, from: content.Length - 1500)];
        foreach (byte[] mutated in mutations)
        {
            try
            {
                RestoreOf(bench, Resealed(bench, saved, mutated)).Dispose();
            }
            catch (StateRefusedException)
            {
                refused++;
            }
        }

        refused.Should().BeGreaterThan(mutations.Length / 4);
        using FederationServer restored = RestoreOf(bench, Resealed(bench, saved, content));
        restored.Phase.Should().Be(ServerPhase.Opening);
    }

    [Fact]
    public async Task GroupKeyAuthorityAndGroupKey_AreLoadedOrRefused()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync();
        using var protector = new FastProtector();
        byte[] authority = Saved(bytes => lab.Bench.Authority.Save(bytes, protector));
        byte[] keys = Saved(bytes => lab.Bench.Keys[0].Save(bytes, protector));
        GroupKeyAuthority Load(byte[] bytes)
            => GroupKeyAuthority.Load(bytes, protector, lab.Bench.Parameters, lab.Bench.Roster, new RosterAuthenticator());

        foreach (byte[] mutated in Mutations(authority, count: 500).Append(keys))
        {
            ((Action)(() => Load(mutated).Dispose())).Should().Throw<HeFormatException>("seed {0}", Seed);
        }

        foreach (byte[] mutated in Mutations(keys, count: 500).Append(authority))
        {
            ((Action)(() => ClientKeys.Load(mutated, protector, lab.Bench.Job).Dispose())).Should().Throw<HeFormatException>("seed {0}", Seed);
        }

        using GroupKeyAuthority loaded = Load(authority);
        loaded.Info.Should().Be(lab.Bench.Authority.Info);
        using ClientKeys own = ClientKeys.Load(keys, protector, lab.Bench.Job);
        own.KeyId.Should().Be(lab.Bench.Keys[0].KeyId);

        // Keys of another job's group.
        using CommitteeLab other = await CommitteeLab.CreateAsync();
        ((Action)(() => ClientKeys.Load(keys, protector, other.Bench.Job).Dispose())).Should().Throw<HeFormatException>();
    }

    [Fact]
    public async Task JobWithACommittee_IsReadOrRefused()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync();
        byte[] bytes = Saved(lab.Bench.Job.WriteTo);
        foreach (byte[] mutated in Mutations(bytes, count: 1200))
        {
            if (FederationJob.TryRead(mutated, lab.Bench.Parameters.Id, WireLimits.Default, out FederationJob? job, out _))
            {
                job!.Digest.Should().NotBe(lab.Bench.Job.Digest, "seed {0}", Seed);
                Saved(job.WriteTo).Should().Equal(mutated);
            }
        }

        FederationJob.TryRead(bytes, lab.Bench.Parameters.Id, WireLimits.Default, out FederationJob? same, out _).Should().BeTrue();
        same.Should().Be(lab.Bench.Job);
    }

    /// <summary>A bench whose server has offered the list of round 1, and has no answers yet.</summary>
    private static async Task<CommitteeBench> PausedAsync()
    {
        CommitteeBench bench = await CommitteeBench.CreateAsync();
        bench.Network = (message, _, bytes) => message is ShareAnswer ? null : bytes;
        await bench.StartAsync();
        bench.Server.Phase.Should().Be(ServerPhase.Opening);
        return bench;
    }

    private static byte[] SignedBy(CommitteeBench bench, ClientMessage message)
        => MessageFormat.WriteSigned(message, bench.Parameters.Id, bench.Identities[bench.IndexOf(message.Client)]);

    private static byte[] Signed(CommitteeLab lab, byte[] cut)
    {
        byte[] signed = [.. cut, .. new byte[MessageSignature.SizeInBytes]];
        if (MessageFormat.TryRead(signed, lab.Bench.Parameters.Id, int.MaxValue, out FederationMessage? message, out _) && message is AggregateMessage aggregate)
        {
            return MessageFormat.WriteSigned(
                new AggregateMessage(aggregate.JobId, aggregate.Round, aggregate.Aggregate, aggregate.Proof) { Stamp = aggregate.Stamp },
                lab.Bench.Parameters.Id,
                lab.Bench.ServerIdentity);
        }

        MessageSignature.Write(signed, MessageSigner.Server, contentLength: 0, lab.Bench.ServerIdentity.Key);
        return signed;
    }

    private static byte[] Saved(Action<IBufferWriter<byte>> save)
    {
        var bytes = new ArrayBufferWriter<byte>();
        save(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] SaveStateOf(CommitteeBench bench) => Saved(bench.Server.SaveState);

    private static byte[] ContentOf(CommitteeBench bench) => TestBench.ContentOf(SaveStateOf(bench));

    private static FederationServer RestoreOf(CommitteeBench bench, byte[] state) => FederationServer.Restore(bench.ServerSetup, state, newest: null);

    private static byte[] Resealed(CommitteeBench bench, byte[] saved, byte[] content)
    {
        StateStamp.TryRead(saved, out StateStamp? stamp).Should().BeTrue();
        return Saved(bytes => StateEnvelope.Write(
            WireKind.ServerState, bench.Parameters.Id, bench.Job.Digest, stamp!.Value, content, bench.ServerIdentity.Key, bytes));
    }

    /// <summary>Truncations, flipped bits everywhere of short bytes or some of long ones, random damage, and a byte too many.</summary>
    private static IEnumerable<byte[]> Mutations(byte[] bytes, int count, int truncations = 40, int from = 0)
    {
        var hostile = new HostileBytes(Seed);
        int step = truncations == 0 ? bytes.Length + 1 : (bytes.Length / truncations) + 1;
        for (int length = truncations == 0 ? bytes.Length : 0; length < bytes.Length; length += step)
        {
            yield return bytes[..length];
        }

        int bits = 8 * (bytes.Length - from);
        int bitStep = Math.Max(1, bits / count) | 1;
        for (int bit = 8 * from; bit < 8 * bytes.Length; bit += bits <= 3000 ? 1 : bitStep)
        {
            yield return CommitteeLab.Flipped(bytes, bit);
        }

        for (int i = 0; i < count; i++)
        {
            byte[] next = hostile.Next(bytes).ToArray();
            if (!next.AsSpan().SequenceEqual(bytes))
            {
                yield return next;
            }
        }

        yield return [.. bytes, 0];
    }
}

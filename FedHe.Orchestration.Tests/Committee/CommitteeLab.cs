using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A committee lab is a federation whose clients and members are honest, and whose server sends each of them what a test likes, signed.
/// </summary>
internal sealed class CommitteeLab : IDisposable
{
    private CommitteeLab(CommitteeBench bench)
    {
        Bench = bench;
        Protocol = RoundKeyProtocol.Of(bench.Job, bench.Keys[0].Context)!;
        Sharing = new RoundKeySharing(Protocol.Sharing!);
    }

    public CommitteeBench Bench { get; }

    public RoundKeyProtocol Protocol { get; }

    public RoundKeySharing Sharing { get; }

    public int Threshold => Bench.Committee.Threshold;

    /// <summary>The indexes of all clients.</summary>
    public int[] All => [.. Enumerable.Range(0, Bench.Clients.Count)];

    public static async Task<CommitteeLab> CreateAsync(CommitteeOptions? options = null) => new(await CommitteeBench.CreateAsync(options));

    /// <summary>Creates a lab whose clients have uploaded for round 1.</summary>
    public static async Task<(CommitteeLab Lab, LabAttempt Attempt)> CreateWithUploadsAsync(CommitteeOptions? options = null)
    {
        CommitteeLab lab = await CreateAsync(options);
        return (lab, await lab.InviteAsync(round: 1, attempt: 1, await lab.RequestKeysAsync(round: 1)));
    }

    /// <summary>Hands a message of the server to a client, and keeps the ledger that the client's host saves.</summary>
    public async Task<ClientStep> SendAsync(int client, ServerMessage message)
    {
        ClientStep step = await Bench.Clients[client].HandleAsync(Bench.FromServer(message));
        if (step.Ledger is not null)
        {
            Bench.SetLedger(client, step.Ledger.ToArray());
        }

        return step;
    }

    /// <summary>Asks all members for their keys of a round.</summary>
    public async Task<ImmutableArray<RelayedMemberKey>> RequestKeysAsync(int round)
    {
        var keys = ImmutableArray.CreateBuilder<RelayedMemberKey>();
        foreach (ClientId member in Bench.Committee.Members)
        {
            ClientStep step = await SendAsync(Bench.IndexOf(member), new MemberKeyRequest(Bench.Job.JobId, round));
            var key = (MemberKeyMessage)Bench.Parse(step.Messages.Single());
            keys.Add(new RelayedMemberKey(member, key.Key.ToArray(), SignatureOf(step.Messages.Single())));
        }

        return keys.ToImmutable();
    }

    public Invitation InvitationOf(
        int client, int round, int attempt, ImmutableArray<RelayedMemberKey> keys, int baseRound = 0, Digest? start = null)
        => new(
            new UploadSlot(Bench.Job.JobId, round, attempt, Bench.Name(client)),
            baseRound,
            start ?? Bench.Job.StartDigest,
            ReferenceWeight.Of(Bench.Trainers.Select(trainer => trainer.SampleCount)),
            keys);

    /// <summary>Invites clients, all unless some are given, and returns their uploads.</summary>
    public async Task<LabAttempt> InviteAsync(
        int round, int attempt, ImmutableArray<RelayedMemberKey> keys, int baseRound = 0, Digest? start = null, params int[] clients)
    {
        var uploads = new SortedDictionary<int, LabUpload>();
        foreach (int client in clients.Length == 0 ? All : clients)
        {
            ClientStep step = await SendAsync(client, InvitationOf(client, round, attempt, keys, baseRound, start));
            step.Ignored.Should().BeNull();
            var upload = (Upload)Bench.Parse(step.Messages.Single());
            uploads.Add(client, new LabUpload(Bench.Name(client), upload, ProtectedUpdate.TryRead(upload.Update)!));
        }

        long reference = InvitationOf(0, round, attempt, keys).ReferenceWeight;
        return new LabAttempt(
            new Attempt(Bench.Job.Digest, round, attempt, reference, start ?? Bench.Job.StartDigest), keys, uploads);
    }

    /// <summary>Adds up uploads of an attempt as the honest server does: of all clients, unless some are given.</summary>
    public Opening Sum(LabAttempt attempt, params int[] clients)
    {
        var keys = new SharedKeySums(Bench.Job, Protocol, attempt.Keys);
        using var sum = new AttemptSum(Protocol, attempt.Attempt, keys, new SumFolder(path: null));
        var reader = new UpdateReader(Protocol.Inner, Protocol.Terms);
        var nonces = new NonceWindow();
        foreach (int client in clients.Length == 0 ? [.. attempt.Uploads.Keys] : clients)
        {
            ProtectedUpdate upload = attempt.Uploads[client].Content;
            using EncryptedModelUpdate update = reader.Read(upload.Update);
            sum.Add(upload, update, Digest.Compute(upload.Update.Span), nonces).Should().Be(RefusalReason.None);
        }

        using CompletedSum completed = sum.Complete();
        return OpeningRunner.Create(completed, sum, keys);
    }

    public DeliveredBoxes BoxesOf(Opening opening, int member) => DeliveredBoxes.TryRead(opening.Deliveries[Bench.Name(member)])!;

    public Task<ClientStep> DeliverAsync(int member, int round, DeliveredBoxes boxes)
        => SendAsync(member, new BoxDelivery(Bench.Job.JobId, Bench.Name(member), round, boxes.ToArray()));

    /// <summary>Delivers a member's boxes, and returns whose did not open.</summary>
    public async Task<ImmutableArray<ClientId>> OpenAsync(Opening opening, int member)
        => ReportOf(await DeliverAsync(member, opening.List.Round, BoxesOf(opening, member)));

    public ImmutableArray<ClientId> ReportOf(ClientStep step) => ((BoxReport)Bench.Parse(step.Messages.Single())).Failed;

    public Task<ClientStep> OfferAsync(int member, ContributorList list)
        => SendAsync(member, new ListOffer(Bench.Job.JobId, list.Round, list.ToArray()));

    /// <summary>Delivers boxes and offers the list, and returns the member's answer.</summary>
    public async Task<RelayedAnswer> AnswerAsync(Opening opening, int member)
    {
        (await OpenAsync(opening, member)).Should().BeEmpty();
        ClientStep step = await OfferAsync(member, opening.List);
        step.Ignored.Should().BeNull();
        return AnswerOf(step);
    }

    public async Task<RelayedAnswer[]> AnswersAsync(Opening opening, params int[] members)
    {
        var answers = new List<RelayedAnswer>();
        foreach (int member in members.Length == 0 ? [.. Bench.Committee.Members.Select(Bench.IndexOf)] : members)
        {
            answers.Add(await AnswerAsync(opening, member));
        }

        return [.. answers];
    }

    public RelayedAnswer AnswerOf(ClientStep step)
    {
        ReadOnlyMemory<byte> bytes = step.Messages.Single();
        var answer = (ShareAnswer)Bench.Parse(bytes);
        return new RelayedAnswer(answer.Client, answer.Sealed.ToArray(), SignatureOf(bytes));
    }

    /// <summary>Signs an answer as its member does, for a member that does not keep to the protocol.</summary>
    public RelayedAnswer Signed(int member, ContributorList list, ReadOnlyMemory<byte> sealedShare)
    {
        byte[] bytes = MessageFormat.WriteSigned(
            new ShareAnswer(Bench.Job.JobId, Bench.Name(member), list.Round, list.Chain, sealedShare), Bench.Parameters.Id, Bench.Identities[member]);
        return new RelayedAnswer(Bench.Name(member), sealedShare, SignatureOf(bytes));
    }

    /// <summary>A well-formed answer with the right signature and seal, of a share that the member made up.</summary>
    public RelayedAnswer WrongAnswer(int member, ContributorList list)
    {
        var share = new byte[Sharing.Parameters.ShareSizeInBytes];
        new Random(20261129).NextBytes(share);
        for (int i = 1; i < share.Length; i += 2)
        {
            share[i] &= 0x7F;
        }

        int index = Bench.Committee.IndexOf(Bench.Name(member));
        KeyShare.TryRead(Sharing.Parameters, index, list.Contributors.Length, share, out KeyShare? wrong).Should().BeTrue();
        using (wrong)
        {
            return SealedAnswer(member, list, wrong!);
        }
    }

    /// <summary>An answer with the right signature and seal, of any share, and with the right check of the sum unless another one is given.</summary>
    public RelayedAnswer SealedAnswer(int member, ContributorList list, KeyShare share, KeySumCheck? check = null)
    {
        AnswerPlace place = PlaceOf(list, member);
        using KeySumCheck right = CheckOf(list);
        return Signed(member, list, AnswerCipher.Seal(share, place, Bench.Keys[member], check ?? right));
    }

    /// <summary>The place of a member's answer for a list.</summary>
    public AnswerPlace PlaceOf(ContributorList list, int member) => AnswerPlace.Of(Bench.Job, Sharing.Parameters, list, list.Chain, Bench.Name(member));

    /// <summary>The check of the sum of the round keys on a list, as honest members give it to an observer.</summary>
    public KeySumCheck CheckOf(ContributorList list)
        => PadSums.CheckOfKeys(Bench.Keys[0].TagKey, list.AttemptOf(Bench.Job), list, Protocol);

    /// <summary>Makes the message of an aggregate with answers in the order of their members.</summary>
    public AggregateMessage AggregateOf(Opening opening, params RelayedAnswer[] answers)
        => AggregateOf(opening.List, opening.Aggregate.ToMemory(), answers);

    public AggregateMessage AggregateOf(ContributorList list, ReadOnlyMemory<byte> aggregate, params RelayedAnswer[] answers)
        => new(
            Bench.Job.JobId,
            list.Round,
            new VerifiableAggregate(list, new CommitteeAnswers([.. answers.OrderBy(answer => answer.Member)]).ToArray(), aggregate).ToArray());

    /// <summary>Opens a sum with the whole committee, and brings it to all clients. Returns the digest of the chain.</summary>
    public async Task<Digest> CompleteAsync(Opening opening)
    {
        RelayedAnswer[] answers = await AnswersAsync(opening);
        foreach (int client in All)
        {
            (await SendAsync(client, AggregateOf(opening, answers))).Ignored.Should().BeNull();
        }

        return opening.Chain;
    }

    /// <summary>Reads a member's ledger as its host, or a thief of everything that the host has, can.</summary>
    public MemberLedger LedgerOf(int member)
    {
        FederationClientSetup setup = Bench.ClientSetup(member);
        return MemberLedgerFormat.Read(Bench.LedgerOf(member), Bench.Job, setup.Identity, setup.Protector, newest: null);
    }

    /// <summary>Opens a contributor's box with a key.</summary>
    public KeyShare? TryOpen(Opening opening, int member, int contributor, BoxKeyPair key)
    {
        DeliveredBox box = BoxesOf(opening, member).Boxes.Single(delivered => delivered.Contributor.Client == Bench.Name(contributor));
        var secret = new byte[Sharing.Parameters.ShareSizeInBytes];
        return key.TryOpen(box.Box.Span, opening.List.AttemptOf(Bench.Job).BoxContext(box.Contributor, Bench.Name(member)), secret)
            && KeyShare.TryRead(Sharing.Parameters, Bench.Committee.IndexOf(Bench.Name(member)), 1, secret, out KeyShare? share)
            ? share
            : null;
    }

    public static byte[] SignatureOf(ReadOnlyMemory<byte> message) => message[^MessageSignature.SizeInBytes..].ToArray();

    public static byte[] Flipped(ReadOnlyMemory<byte> bytes, int bit)
    {
        byte[] copy = bytes.ToArray();
        copy[bit / 8] ^= (byte)(1 << (bit % 8));
        return copy;
    }

    public void Dispose() => Bench.Dispose();
}

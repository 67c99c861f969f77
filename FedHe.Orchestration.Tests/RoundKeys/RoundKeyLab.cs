using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
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
/// A round-key lab is a federation whose clients are honest and whose server adds up what a test likes, and signs it.
/// </summary>
internal sealed class RoundKeyLab : IDisposable
{
    private readonly KeyAdditiveContext _inner;

    private RoundKeyLab(TestBench bench)
    {
        Bench = bench;
        Protocol = new RoundKeyProtocol(bench.Job.RoundKeyParameters!, bench.Authority.PublicContext, bench.Job.UploadTerms);
        _inner = new KeyAdditiveContext(bench.Job.RoundKeyParameters!);
    }

    public TestBench Bench { get; }

    public RoundKeyProtocol Protocol { get; }

    /// <summary>The parsed uploads of the current round, by client.</summary>
    public ProtectedUpdate[] Uploads { get; private set; } = [];

    /// <summary>The uploads of the current round as messages, by client.</summary>
    public ReadOnlyMemory<byte>[] Messages { get; private set; } = [];

    /// <summary>The attempt that the uploads are for.</summary>
    public Attempt Attempt { get; private set; } = null!;

    public static async Task<RoundKeyLab> CreateAsync(BenchOptions? options = null)
        => new(await TestBench.CreateAsync((options ?? new BenchOptions { Scheme = "ckks" }) with { Protection = JobProtection.RoundKeys }));

    /// <summary>Creates a lab whose clients have uploaded for round 1.</summary>
    public static async Task<RoundKeyLab> CreateWithUploadsAsync(BenchOptions? options = null)
    {
        RoundKeyLab lab = await CreateAsync(options);
        await lab.TrainAsync(lab.Bench.StartWithAll());
        return lab;
    }

    /// <summary>Lets the clients train for invitations of the honest server, and keeps their uploads.</summary>
    public async Task TrainAsync(IReadOnlyList<OutgoingMessage> invitations)
    {
        Messages = [.. (await Bench.TrainAsync(invitations)).Values];
        Uploads = [.. Messages.Select(message => ProtectedUpdate.TryRead(((Upload)Bench.Parse(message)).Update)!)];
        var invitation = (Invitation)Bench.Parse(invitations.First(message => message.Kind == MessageKind.Invitation).Bytes);
        Attempt = new Attempt(
            Bench.Job.Digest, invitation.Slot.Round, invitation.Slot.Attempt, invitation.ReferenceWeight, invitation.BaseDigest);
    }

    /// <summary>Invites all clients to another attempt at the first round, as a server would whose sum was void, and keeps their uploads.</summary>
    public Task TrainAgainAsync(int attempt) => TrainAgainAsync(round: 1, attempt, Bench.Job.StartDigest);

    /// <summary>Invites all clients to an attempt at a round, whose base is the digest of the chain before it, and keeps their uploads.</summary>
    public async Task TrainAgainAsync(int round, int attempt, Digest baseDigest)
    {
        Attempt = Attempt.Of(Bench.Job, round, attempt, referenceWeight: 1, baseDigest);
        var messages = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < Bench.Clients.Count; i++)
        {
            byte[] invitation = Bench.FromServer(new Invitation(Bench.Slot(i, round, attempt), Attempt.Base, Attempt.ReferenceWeight));
            messages.Add((await Bench.Clients[i].ReceiveAsync(invitation)).Single());
        }

        Messages = [.. messages];
        Uploads = [.. Messages.Select(message => ProtectedUpdate.TryRead(((Upload)Bench.Parse(message)).Update)!)];
    }

    /// <summary>Hands the uploads to the honest server and returns what it broadcasts.</summary>
    public IReadOnlyList<OutgoingMessage> Close(IEnumerable<ReadOnlyMemory<byte>>? messages = null)
        => [.. (messages ?? Messages).SelectMany(message => Bench.Server.Receive(message))];

    /// <summary>Returns one upload as a part of a sum, under its own name.</summary>
    public Part Own(int index) => PartOf(Uploads[index], Bench.Identities[index].Client);

    public Part PartOf(ProtectedUpdate upload, ClientId client)
    {
        using EncryptedModelUpdate update = new UpdateReader(Protocol.Inner, Protocol.Terms).Read(upload.Update);
        return new Part(upload, new Contributor(client, update.Weight ?? 0, upload.Nonce));
    }

    public Part[] All => [.. Enumerable.Range(0, Uploads.Length).Select(Own)];

    /// <summary>Adds up uploads as the honest server does.</summary>
    public VerifiableAggregate HonestSum(params int[] indexes) => Sum([.. (indexes.Length == 0 ? [.. Enumerable.Range(0, Uploads.Length)] : indexes).Select(Own)]);

    /// <summary>Adds up parts without any check, and fixes the sums in a list.</summary>
    /// <param name="values">The uploads whose models are added up, under the names of their contributors.</param>
    /// <param name="keys">The uploads whose protected keys are added up; null for <paramref name="values"/>.</param>
    /// <param name="tags">The uploads whose tags are added up; null for <paramref name="values"/>.</param>
    /// <param name="listed">The contributors that the list names; null for the contributors of <paramref name="values"/>.</param>
    /// <param name="attempt">The attempt of the list; null for the one of the uploads.</param>
    public VerifiableAggregate Sum(
        IReadOnlyList<Part> values,
        IReadOnlyList<Part>? keys = null,
        IReadOnlyList<Part>? tags = null,
        IReadOnlyList<Contributor>? listed = null,
        Attempt? attempt = null)
    {
        Attempt head = attempt ?? Attempt;
        var reader = new UpdateReader(Protocol.Inner, Protocol.Terms);
        using var aggregator = new UpdateAggregator(Protocol.Inner, Protocol.Terms, head.ReferenceWeight);
        foreach (Part part in values)
        {
            using EncryptedModelUpdate update = reader.Read(Relabel(part, head));
            aggregator.FoldIn(update);
        }

        using IAccumulator keySum = Protocol.Outer!.Evaluator.CreateAccumulator(Protocol.Parameters.Degree);
        foreach (Part part in keys ?? values)
        {
            using EncryptedVector wrapped = ReadKeys(part.Upload.WrappedKey);
            keySum.Add(wrapped);
        }

        var sums = new LinearTag[Protocol.Lengths.TagCount];
        foreach (Part part in tags ?? values)
        {
            LinearTag[] own = Protocol.TryReadTags(part.Upload.Tags.Span)!;
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] = Protocol.TagAt(i).Modulus.Add(sums[i], own[i]);
            }
        }

        using EncryptedAggregate aggregate = aggregator.Complete();
        using EncryptedVector total = keySum.Complete();
        byte[] keyBytes = BytesOf(total);
        var list = new ContributorList(
            head.Round,
            head.Number,
            head.ReferenceWeight,
            head.Base,
            [.. (listed ?? [.. values.Select(part => part.Contributor)]).OrderBy(contributor => contributor.Client)],
            ContentDigests.Of(aggregate, keyBytes, Protocol.Lengths.ClearCount, maxDegreeOfParallelism: 1),
            RoundKeyProtocol.Write(sums),
            Seals: []);
        return new VerifiableAggregate(list, keyBytes, aggregate.ToArray());
    }

    /// <summary>Fixes changed sums in the list, if they can still be read.</summary>
    public VerifiableAggregate Relist(VerifiableAggregate sum)
    {
        if (!new AggregateReader(Protocol.Inner, Protocol.Terms).TryRead(sum.Aggregate, out EncryptedAggregate? aggregate, out _))
        {
            return sum;
        }

        using (aggregate)
        {
            return sum with
            {
                List = sum.List with { ContentDigests = ContentDigests.Of(aggregate, sum.KeySum.Span, Protocol.Lengths.ClearCount, maxDegreeOfParallelism: 1) },
            };
        }
    }

    /// <summary>Opens a sum with all checks of a client of the first round, and counts the uses of the job's secret key.</summary>
    public (IgnoredReason? Reason, int KeyUses, AveragedModel? Average) Open(VerifiableAggregate sum, int round = 1, Digest? chain = null)
    {
        if (ListRules.Check(sum.List, Bench.Job, round, chain ?? Bench.Job.StartDigest) is IgnoredReason refused)
        {
            return (refused, 0, null);
        }

        var decryptor = new CountingDecryptor(Bench.Keys[0].CreateDecryptor());
        var keys = new KeySumVerifier(Protocol, _inner, decryptor, Bench.Keys[0].KeyId, Bench.Options.UploadForm);
        var opener = new AggregateOpener(Protocol, _inner, keys, Bench.Keys[0].TagKey, Bench.JobId, Bench.Job.Digest, epoch: 1);
        IgnoredReason? reason = opener.TryOpen(sum, Bench.InitialModel, out AveragedModel? average);
        return (reason, decryptor.Uses, average);
    }

    /// <summary>Opens a sum as a client would without any guard: it believes the list, the sums and the key.</summary>
    public AveragedModel OpenUnchecked(VerifiableAggregate sum)
    {
        using EncryptedAggregate aggregate = new AggregateReader(Protocol.Inner, Protocol.Terms).Read(sum.Aggregate);
        using EncryptedVector keys = ReadKeys(sum.KeySum);
        using RoundKeySum key = new RoundKeyProtection(_inner, Protocol.Outer!, Bench.Options.UploadForm).Decrypt(
            keys, Bench.Keys[0].CreateDecryptor(), Attempt.PublicSeed, aggregate.Contributions);
        return new AggregateDecryptor(_inner.CreateDecryptor(key), Protocol.Terms).Decrypt(aggregate, Bench.InitialModel);
    }

    /// <summary>Returns the sum of the round keys alone, as the server sends it where it holds values back.</summary>
    public VerifiableAggregate KeysOf(VerifiableAggregate sum)
    {
        (int first, int count) = Protocol.TagsOf(InspectedPart.Keys);
        ContributorList list = sum.List with
        {
            ContentDigests = [default, sum.List.ContentDigests[1]],
            Tags = sum.List.Tags.Slice(first * LinearTag.SizeInBytes, count * LinearTag.SizeInBytes),
        };
        return new VerifiableAggregate(list, sum.KeySum, default);
    }

    /// <summary>Delivers a sum of round keys, signed by the server, to a client, and returns its answers.</summary>
    public Task<IReadOnlyList<ReadOnlyMemory<byte>>> DeliverKeysAsync(VerifiableAggregate keys, int index = 0)
        => Bench.Clients[index].ReceiveAsync(Bench.FromServer(new KeySumMessage(Bench.JobId, keys.List.Round, keys.ToArray())));

    /// <summary>Asks a client to show a part of its upload, and returns what it shows, or null.</summary>
    public async Task<Showing?> AskAsync(InspectedPart part, VerifiableAggregate sum, int index = 0, UploadSlot? slot = null)
    {
        var inquiry = new Inquiry(slot ?? Bench.Slot(index), sum.List.Chain, part);
        return (await Bench.Clients[index].ReceiveAsync(Bench.FromServer(inquiry))).Select(Bench.Parse).OfType<Showing>().SingleOrDefault();
    }

    /// <summary>Delivers a sum, signed by the server, to a client, and returns the reason to ignore it.</summary>
    public async Task<IgnoredReason?> DeliverAsync(VerifiableAggregate sum, int index = 0)
    {
        await Bench.Clients[index].ReceiveAsync(SignedSum(sum));
        return Bench.Clients[index].LastIgnored;
    }

    public byte[] SignedSum(VerifiableAggregate sum) => Bench.FromServer(new AggregateMessage(Bench.JobId, sum.List.Round, sum.ToArray()));

    public EncryptedVector ReadKeys(ReadOnlyMemory<byte> bytes)
        => Protocol.Outer!.Reader.Read(bytes.Span, new WireLimits(Protocol.Parameters.Degree, bytes.Length));

    /// <summary>Returns the model that a client trained in a round.</summary>
    public double[] ModelOf(int index, int round = 1)
        => TestModel.Flat(Bench.Trainers[index].Results.Last(result => result.Task.Round == round).Result.Parameters);

    public static byte[] BytesOf(EncryptedVector vector)
    {
        var bytes = new ArrayBufferWriter<byte>();
        vector.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    public void Dispose() => Bench.Dispose();

    /// <summary>Writes another client, round and weight into an update, which only the server reads.</summary>
    private byte[] Relabel(Part part, Attempt attempt)
    {
        byte[] bytes = part.Upload.Update.ToArray();
        using EncryptedModelUpdate update = new UpdateReader(Protocol.Inner, Protocol.Terms).Read(part.Upload.Update);
        byte[] own = Encoding.ASCII.GetBytes(update.Slot.Client.Value);
        int name = bytes.AsSpan().IndexOf(own);
        byte[] other = Encoding.ASCII.GetBytes(part.Contributor.Client.Value);
        other.Length.Should().Be(own.Length, "the names are written in place");
        other.CopyTo(bytes, name);
        Replace(bytes, update.Slot.Round, attempt.Round, from: name - 30);
        if (update.Weight is long weight)
        {
            Span<byte> pattern = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(pattern, weight);
            int position = bytes.AsSpan(name, 300).LastIndexOf(pattern);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(name + position), part.Contributor.Weight);
        }

        ReplaceAll(bytes, BytesOf(update.Receipt.KeyId), BytesOf(Protocol.Parameters.KeyIdOf(attempt.PublicSeed)));
        return bytes;
    }

    private static void ReplaceAll(byte[] bytes, byte[] old, byte[] @new)
    {
        for (int i = bytes.AsSpan().IndexOf(old); i >= 0 && !old.AsSpan().SequenceEqual(@new); i = bytes.AsSpan().IndexOf(old))
        {
            @new.CopyTo(bytes, i);
        }
    }

    private static byte[] BytesOf(KeyId key)
    {
        var bytes = new byte[KeyId.SizeInBytes];
        key.CopyTo(bytes);
        return bytes;
    }

    private static void Replace(byte[] bytes, int old, int @new, int from)
    {
        if (old == @new)
        {
            return;
        }

        Span<byte> pattern = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(pattern, old);
        int position = bytes.AsSpan(from).IndexOf(pattern);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(from + position), @new);
    }

    /// <summary>An upload in a sum, under the name, weight and nonce that the server gives it.</summary>
    internal sealed record Part(ProtectedUpdate Upload, Contributor Contributor);
}

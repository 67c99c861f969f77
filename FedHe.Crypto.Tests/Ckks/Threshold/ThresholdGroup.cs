using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.KeyGeneration;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Ckks.Threshold;

/// <summary>A group of parties that has made a key, with every message passing through its bytes.</summary>
internal sealed class ThresholdGroup : IDisposable
{
    private readonly List<MemoryStream> _files = [];
    private readonly List<OpeningLedger> _ledgers = [];

    public ThresholdGroup(ThresholdContext context, string session = "session", SecretKeyExportPolicy exportPolicy = SecretKeyExportPolicy.Clear)
    {
        Context = context;
        Keys = Generate(context, Digest.Compute(System.Text.Encoding.UTF8.GetBytes(session)), exportPolicy);
        foreach (ThresholdKeys keys in Keys)
        {
            var file = new MemoryStream();
            _files.Add(file);
            _ledgers.Add(context.BeginLedger(keys.Share, bytes => file.Write(bytes.Span)));
        }
    }

    public ThresholdContext Context { get; }

    public IReadOnlyList<ThresholdKeys> Keys { get; }

    public int ValuesPerCiphertext => Context.Parameters.ValuesPerCiphertext;

    public static ThresholdContext ContextFor(
        int parties, int threshold, int precisionBits = 10, long totalWeight = 4, long openings = 1 << 20, int threads = 1)
        => new(
            ThresholdParameters.Plan(new ThresholdRequirements(parties, threshold, precisionBits, totalWeight) { Degree = 4096, Openings = openings }),
            new HeContextOptions { MaxDegreeOfParallelism = threads });

    public static byte[] BytesOf(Action<IBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Lists the sets of a number of parties.</summary>
    public static IEnumerable<int[]> SetsOf(int parties, int count)
        => from bits in Enumerable.Range(0, 1 << parties)
           where System.Numerics.BitOperations.PopCount((uint)bits) == count
           select Enumerable.Range(1, parties).Where(party => (bits & (1 << (party - 1))) != 0).ToArray();

    public static ThresholdKeys[] Generate(ThresholdContext context, Digest session, SecretKeyExportPolicy exportPolicy)
    {
        KeyGenerationParty[] parties =
        [
            .. Enumerable.Range(1, context.Parameters.Parties).Select(party => context.BeginKeyGeneration(session, party, exportPolicy)),
        ];
        KeyGenerationMessage[] messages = Send(context, parties.Select(party => party.CommitToSeed()));
        messages = Send(context, parties.Select(party => party.RevealSeed(messages)).Reverse());
        messages = Send(context, parties.Select(party => party.CommitToContribution(messages)));
        messages = Send(context, parties.Select(party => party.RevealContribution(messages)));
        DealtShare[][] deals = [.. parties.Select(party => DealsTo(context, parties, party.Party))];
        return [.. parties.Select(party => party.Complete(messages, deals[party.Party - 1]))];
    }

    public static KeyGenerationMessage[] Send(ThresholdContext context, IEnumerable<KeyGenerationMessage> messages)
        => [.. messages.ToArray().Select(message => Send(context, message))];

    public static KeyGenerationMessage Send(ThresholdContext context, KeyGenerationMessage message)
    {
        byte[] bytes = BytesOf(message.WriteTo);
        bytes.Should().HaveCount(message.EncodedLength);
        context.TryReadMessage(bytes, out KeyGenerationMessage? received, out FormatError reason).Should().BeTrue($"{reason}");
        return received!;
    }

    public static DealtShare[] DealsTo(ThresholdContext context, IReadOnlyList<KeyGenerationParty> parties, int recipient)
        => parties[0].Deals
            ? [.. parties.Where(party => party.Party != recipient).Select(party => Send(context, party.Deal(recipient)))]
            : [];

    public static DealtShare Send(ThresholdContext context, DealtShare share)
    {
        using (share)
        {
            byte[] bytes = BytesOf(share.WriteTo);
            bytes.Should().HaveCount(share.EncodedLength);
            context.TryReadDealtShare(bytes, out DealtShare? received, out FormatError reason).Should().BeTrue($"{reason}");
            return received!;
        }
    }

    public byte[] LedgerBytes(int party) => _files[party - 1].ToArray();

    public OpeningLedger Ledger(int party) => _ledgers[party - 1];

    public ThresholdKeyShare Share(int party) => Keys[party - 1].Share;

    public PartialDecryptor Decryptor(int party) => Context.CreatePartialDecryptor(Share(party), Ledger(party));

    public IEncryptor Encryptor(int party = 1) => Context.CreateEncryptor(Keys[party - 1].PublicKey);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs = 1, int party = 1)
    {
        using EncryptedVector fresh = Encryptor(party).Encrypt(values, maxAbs);
        return Context.Public.Reader.Read(BytesOf(fresh.WriteTo), WireLimits.Default);
    }

    public PartialDecryption Answer(int party, EncryptedVector vector, params int[] set)
    {
        using PartialDecryption answer = Decryptor(party).Decrypt(vector, new PartySet(set));
        byte[] bytes = BytesOf(answer.WriteTo);
        bytes.Should().HaveCount(answer.EncodedLength);
        Context.TryReadPartialDecryption(bytes, WireLimits.Default, out PartialDecryption? received, out FormatError reason)
            .Should().BeTrue($"{reason}");
        return received!;
    }

    public double[] Open(EncryptedVector vector, params int[] set)
    {
        PartialDecryption[] answers = [.. set.Select(party => Answer(party, vector, set))];
        var values = new double[vector.Length];
        Context.Fuse(vector, answers, values);
        Array.ForEach(answers, answer => answer.Dispose());
        return values;
    }

    public void Dispose()
    {
        foreach (ThresholdKeys keys in Keys)
        {
            keys.Dispose();
        }
    }
}

using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Aggregation;

/// <summary>Once buffers are pooled, nothing is allocated for a ciphertext, only for a segment, and little.</summary>
public sealed class SteadyStateTests
{
    private const int Rounds = 8;

    // Vectors, seeds, ciphers, and the names of the parts of sums: objects, not buffers.
    private const long BytesPerSegment = 24 << 10;

    private const int Clients = 3;

    // The smallest buffer that any ciphertext of these parameters needs: less is noise of the shared pools.
    private const int OneCiphertext = 1024;

    public static TheoryData<VectorForm> Forms => [VectorForm.Seeded, VectorForm.Full];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Round_InSteadyState_AllocatesNothingPerCiphertext(VectorForm form)
    {
        // One segment of few ciphertexts, and one of many: the difference is what ciphertexts cost.
        const int Few = 8;
        long few = AllocatedBy(form, Few);
        long many = AllocatedBy(form, ciphertexts: SegmentPlan.CiphertextsPerSegment);
        (many - few).Should().BeLessThan(OneCiphertext, "not even one buffer is allocated");
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Round_OfMoreSegments_AllocatesLittleForEach(VectorForm form)
    {
        long one = AllocatedBy(form, SegmentPlan.CiphertextsPerSegment);
        long four = AllocatedBy(form, 4 * SegmentPlan.CiphertextsPerSegment);
        (four - one).Should().BeLessThan(3 * BytesPerSegment);
    }

    /// <summary>Bytes that this thread allocates for an update written, read and folded in, and a sum written, read and decrypted.</summary>
    private static long AllocatedBy(VectorForm form, int ciphertexts)
    {
        CkksParameters parameters = CkksParameters.Create(new CkksParametersLiteral { Degree = 1024, LogModuli = [26], LogScale = 14 });
        AggregationTerms terms = SegmentModels.Terms(ciphertexts * parameters.ValuesPerCiphertext, Weighting.Clear, maxWeight: 3);
        using HeContext context = new CkksScheme().CreateContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = 1 });
        using KeyPair keys = context.GenerateKeyPair();
        var encryptor = new UpdateEncryptor(
            context.CreateEncryptor(form == VectorForm.Seeded ? keys.SecretKey : keys.PublicKey), context.Public, terms);
        var decryptor = new AggregateDecryptor(context.CreateDecryptor(keys.SecretKey), terms);
        var updateReader = new UpdateReader(context.Public, terms);
        var aggregateReader = new AggregateReader(context.Public, terms);
        ModelParameters model = TestModels.Random(terms.Layout, 1);
        using var upload = new MemoryStream();
        using var download = new MemoryStream();

        // The least of several rounds: tests beside this one use the same pools, and a collection may empty them.
        return Enumerable.Range(0, Rounds).Min(_ => Round());

        long Round()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            using var aggregator = new UpdateAggregator(context.Public, terms);
            for (int client = 0; client < Clients; client++)
            {
                Rewind(upload);
                encryptor.Write(model, 1, TestFederation.Slot(client), upload);
                upload.Position = 0;
                using EncryptedModelUpdate update = updateReader.Read(upload);
                aggregator.FoldIn(update);
            }

            Rewind(download);
            using (EncryptedAggregate sum = aggregator.Complete())
            {
                sum.WriteTo(download);
            }

            download.Position = 0;
            using EncryptedAggregate aggregate = aggregateReader.Read(download);
            decryptor.Decrypt(aggregate, new Sink());
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static void Rewind(MemoryStream stream)
    {
        stream.Position = 0;
        stream.SetLength(0);
    }

    private sealed class Sink : IFlatModelWriter
    {
        public void Write(long start, ReadOnlySpan<double> averages)
        {
            // Only what decryption itself allocates is of interest.
        }
    }
}

using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Privacy;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>Sparsification terms have these bytes, and what does not go with them is refused by name.</summary>
public sealed class SqueezeTermsTests
{
    private static readonly Digest Seed = Digest.Compute("job"u8);

    [Theory]
    [InlineData(300_000, 75_000, 0, "04e0930400f8240100000000000000")]
    [InlineData(1, 1, 7, "040100000001000000070000000000")]
    public void Terms_WithASqueeze_HaveTheseBytes(int count, int rotating, int warmUp, string expected)
    {
        var terms = new UpdateTerms(UpdateKind.Difference, squeeze: new SparsificationTerms(count, rotating, warmUp));
        byte[] bytes = Write(terms);
        Convert.ToHexStringLower(bytes).Should().Be(expected);
        var reader = new WireReader(bytes);
        UpdateTerms.Read(ref reader).Should().Be(terms);
        reader.ExpectEnd();
        reader.Failed.Should().BeFalse();
        for (int length = 0; length < bytes.Length; length++)
        {
            var truncated = new WireReader(bytes.AsSpan(0, length));
            UpdateTerms.Read(ref truncated).Should().BeNull();
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0x80)]
    [InlineData(5, 0)]
    [InlineData(5, 6)]
    [InlineData(8, 0x80)]
    [InlineData(12, 0x80)]
    public void Terms_WithASqueezeThatCannotBe_AreRefused(int position, byte value)
    {
        byte[] bytes = Write(new UpdateTerms(UpdateKind.Difference, squeeze: new SparsificationTerms(5, 2)));
        bytes[position] = value;
        var reader = new WireReader(bytes);
        UpdateTerms.Read(ref reader).Should().BeNull();
        reader.Error.Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Terms_ThatCannotBeSqueezed_AreRefusedByName()
    {
        var squeeze = new SparsificationTerms(5);
        PrivacyTerms privacy = PrivacyTermsTests.Terms();
        Action Creating(UpdateKind kind, IntegerTerms? integers, PrivacyTerms? privacy, ServerOptimizer? optimizer) => () => _ = new UpdateTerms(kind, integers, privacy, optimizer, squeeze);
        var integers = new IntegerTerms(1, 1 << 20);
        Creating(UpdateKind.Model, null, null, null).Should().Throw<ArgumentException>().WithMessage("*UpdateKind.Difference*");
        Creating(UpdateKind.Difference, integers, null, null).Should().Throw<ArgumentException>().WithMessage("*Integers*");
        Creating(UpdateKind.Difference, integers, privacy, null).Should().Throw<ArgumentException>().WithMessage("*rivacy*");
        Creating(UpdateKind.Difference, null, null, ServerOptimizer.Adam(0.1)).Should().Throw<ArgumentException>().WithMessage("*optimizer*");

        // The same in bytes: integers behind a squeeze.
        byte[] bytes = [.. Write(new UpdateTerms(UpdateKind.Difference, squeeze: squeeze))[..13], .. Write(new UpdateTerms(UpdateKind.Difference, integers))[1..]];
        var reader = new WireReader(bytes);
        UpdateTerms.Read(ref reader).Should().BeNull();
        reader.Error.Should().Be(FormatError.Inconsistent);
    }

    [Fact]
    public async Task Job_ThatCannotBeSqueezed_IsRefusedByName()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4 });
        FederationJob job = bench.Job;
        using BoxKeyPair observer = BoxKeyPair.Generate(job.Committee!.KeyExchange);
        FederationJob Create(int count, EncryptionMask? mask = null, BoxPublicKey? watching = null) => new(
            job.JobId,
            job.Authority,
            job.ServerKey,
            job.Roster,
            mask is null ? job.Terms : new AggregationTerms(job.Terms.Layout, mask, job.Terms.Weighting, job.Terms.MaxWeight),
            job.InitialModelDigest,
            job.Settings,
            committee: new CommitteeTerms([.. job.Committee.Members], observer: watching),
            update: new UpdateTerms(UpdateKind.Difference, squeeze: new SparsificationTerms(count)));

        FederationJob squeezed = Create(24);
        squeezed.UploadTerms.Layout.ParameterCount.Should().Be(24 + SqueezedUpdates.MarkCount);
        var bytes = new ArrayBufferWriter<byte>();
        squeezed.WriteTo(bytes);
        FederationJob.TryRead(bytes.WrittenSpan, squeezed.Authority.ParametersId, WireLimits.Default, out FederationJob? read, out _).Should().BeTrue();
        read!.Update.Squeeze.Should().Be(squeezed.Update.Squeeze);
        read.Digest.Should().Be(squeezed.Digest).And.NotBe(job.Digest);

        FluentActions.Invoking(() => Create(25)).Should().Throw<ArgumentException>().WithMessage("*24 values*");
        FluentActions.Invoking(() => Create(5, EncryptionMask.Layers(job.Terms.Layout, "hidden"))).Should().Throw<ArgumentException>().WithMessage("*mask*");
        var large = new ModelLayout(new TensorSpec("large", ElementType.Float32, [110_000_000], bound: 1));
        SqueezeRules.CheckJob(new SparsificationTerms(5), new AggregationTerms(large, Weighting.Clear, 1), committee: null).Should().Contain("saved state");
        FluentActions.Invoking(() => Create(5, watching: observer.PublicKey)).Should().Throw<ArgumentException>().WithMessage("*observer*");
    }

    [Fact]
    public void Passes_WrittenAndRead_AreTheSameAndOthersAreRefused()
    {
        var terms = new SparsificationTerms(3);
        ModelLayout layout = TestModel.Layout;
        float[] rates = [.. Enumerable.Range(0, 24).Select(i => i < 3 ? i + 0.5f : 0)];
        int[] latest = [.. Enumerable.Range(0, 24).Select(i => i < 3 ? 2 : 0)];
        SqueezePass pass = SqueezePass.TryCreate(terms, layout, Seed, 2, rates, latest)!;
        SqueezeResidual residual = SqueezeResidual.TryCreate([.. Enumerable.Range(0, 24).Select(i => 0.25f - i)])!;
        var written = new ArrayBufferWriter<byte>();
        SqueezeFormat.Write(pass, residual, new WireWriter(written));
        byte[] bytes = written.WrittenSpan.ToArray();
        bytes.Should().HaveCount(SqueezeFormat.LengthOf(24));
        SqueezeFormat.LengthOfState(layout).Should().Be(bytes.Length + (2 * ModelBytes.LengthOf(layout)));
        Convert.ToHexStringLower(bytes[..20]).Should().Be("02000000" + "0000003f" + "0000c03f" + "00002040" + "00000000");
        Convert.ToHexStringLower(bytes[100..112]).Should().Be("020000000200000002000000");
        Convert.ToHexStringLower(bytes[196..204]).Should().Be("0000803e" + "000040bf");

        (SqueezePass readPass, SqueezeResidual readResidual) = SqueezeFormat.TryRead(bytes, terms, layout, Seed)!.Value;
        (readPass.SumCount, readPass.PositionsDigest).Should().Be((2, pass.PositionsDigest));
        readPass.Rates.ToArray().Should().Equal(rates);
        readPass.Latest.ToArray().Should().Equal(latest);
        readResidual.Values.ToArray().Should().Equal(residual.Values.ToArray());

        for (int length = 0; length < bytes.Length; length++)
        {
            SqueezeFormat.TryRead(bytes.AsSpan(0, length), terms, layout, Seed).Should().BeNull();
        }

        SqueezeFormat.TryRead([.. bytes, 0], terms, layout, Seed).Should().BeNull();
        foreach ((int position, byte value) in new (int, byte)[] { (3, 0x80), (7, 0x80), (7, 0xFF), (100, 3), (103, 0x80), (112, 9) })
        {
            byte[] changed = [.. bytes];
            changed[position] = value;
            SqueezeFormat.TryRead(changed, terms, layout, Seed).Should().BeNull($"byte {position} is {value}");
        }

        byte[] infinite = [.. bytes];
        (infinite[198], infinite[199]) = (0x80, 0x7F);
        SqueezeFormat.TryRead(infinite, terms, layout, Seed).Should().BeNull("a residual is finite");
    }

    private static byte[] Write(UpdateTerms terms)
    {
        var bytes = new ArrayBufferWriter<byte>();
        terms.Write(new WireWriter(bytes));
        return bytes.WrittenSpan.ToArray();
    }
}

using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.ModelFiles;

namespace FedHe.MLBridge.Tests.ModelFiles;

/// <summary>The file of a model has the values that a model in memory has, bit for bit, and nothing else is taken for one.</summary>
public sealed class ModelFileTests : IDisposable
{
    private static readonly ModelLayout Layout = new(
        new TensorSpec("singles", ElementType.Float32, [3, 5], bound: 4),
        new TensorSpec("steps", ElementType.Int64, [7]),
        new TensorSpec("halves", ElementType.Float16, [9], bound: 4),
        TensorSpec.Local("own", ElementType.Float32, [11]),
        new TensorSpec("brains", ElementType.BFloat16, [40_000], bound: 4),
        new TensorSpec("doubles", ElementType.Float64, [70_001], bound: 4));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-models");

    private string Place => Path.Combine(_folder.FullName, "one.model");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void File_OfAModel_HasItsValuesInEveryRange()
    {
        ModelParameters model = Create(seed: 3);
        double[] expected = new double[Layout.ToArrayLength()];
        model.CopyFlatTo(0, expected);

        Digest digest = ModelFile.Save(Place, model);
        using var file = new ModelFile(Place, Layout);

        file.ComputeDigest().Should().Be(digest);
        digest.Should().Be(new Digest(SHA256.HashData(File.ReadAllBytes(Place))));
        new FileInfo(Place).Length.Should().Be(ModelFile.LengthOf(Layout));
        foreach ((int start, int length) in ((int, int)[])[(0, expected.Length), (0, 1), (14, 11), (expected.Length - 1, 1), (24, 40_001), (expected.Length, 0), (17, 90_000)])
        {
            double[] values = new double[length];
            file.CopyFlatTo(start, values);
            values.Should().Equal(expected[start..(start + length)]);
        }

        file.Invoking(one => one.CopyFlatTo(1, new double[expected.Length])).Should().Throw<ArgumentException>();
    }

    /// <summary>Averages are no numbers of the element types, and round in a file as they do in memory.</summary>
    [Fact]
    public void Writer_OfAverages_RoundsAsAModelInMemory()
    {
        var averages = new double[Layout.ToArrayLength()];
        var random = new Random(7);
        foreach (ref double value in averages.AsSpan())
        {
            value = (8 * random.NextDouble()) - 4;
        }

        var builder = new FlatModelBuilder(Create(seed: 1));
        builder.Write(0, averages);
        double[] expected = new double[averages.Length];
        builder.Build().CopyFlatTo(0, expected);
        using (var stream = File.Create(Place))
        using (var writer = new ModelFileWriter(stream, Layout))
        {
            for (int start = 0; start < averages.Length; start += 12_345)
            {
                writer.Write(start, averages.AsSpan(start, Math.Min(12_345, averages.Length - start)));
            }

            writer.Complete();
        }

        using var file = new ModelFile(Place, Layout);
        double[] values = new double[averages.Length];
        file.CopyFlatTo(0, values);
        values.Should().Equal(expected);
    }

    [Fact]
    public void Writer_OfGapsOrTooFewValues_Refuses()
    {
        using var stream = new MemoryStream();
        using var writer = new ModelFileWriter(stream, Layout);
        writer.Write(0, new double[10]);

        writer.Invoking(one => one.Write(11, new double[1])).Should().Throw<ArgumentException>();
        writer.Invoking(one => one.Write(9, new double[1])).Should().Throw<ArgumentException>();
        writer.Invoking(one => one.Write(10, new double[Layout.ToArrayLength()])).Should().Throw<ArgumentException>();
        writer.Invoking(one => one.Complete()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void File_OfAnotherLayoutOrLength_IsRefusedWithTheReason()
    {
        ModelFile.Save(Place, Create(seed: 3));
        byte[] bytes = File.ReadAllBytes(Place);
        var other = new ModelLayout(new TensorSpec("singles", ElementType.Float32, [3, 5], bound: 4));

        ErrorOf(bytes, other).Should().Be(FormatError.WrongParameters);
        ErrorOf(bytes[..^1], Layout).Should().Be(FormatError.Truncated);
        ErrorOf(bytes[..20], Layout).Should().Be(FormatError.Truncated);
        ErrorOf([.. bytes, 0], Layout).Should().Be(FormatError.TrailingBytes);
        ErrorOf([], Layout).Should().Be(FormatError.BadMagic);
        ErrorOf([1, .. bytes[1..]], Layout).Should().Be(FormatError.BadMagic);
        FluentActions.Invoking(() => new ModelFile(Path.Combine(_folder.FullName, "none"), Layout)).Should().Throw<FileNotFoundException>();
    }

    /// <summary>A rest would keep the disk full that the save failed on.</summary>
    [Fact]
    public void Save_ThatFails_LeavesWhatWasThereAndNothingElse()
    {
        ModelFile.Save(Place, Create(seed: 3));
        byte[] before = File.ReadAllBytes(Place);

        FluentActions.Invoking(() => ModelFile.Save(Place, new TornModel())).Should().Throw<IOException>();

        Directory.GetFiles(_folder.FullName).Should().Equal(Place);
        File.ReadAllBytes(Place).Should().Equal(before);
    }

    /// <summary>A model whose values end in the middle.</summary>
    private sealed class TornModel : IFlatModel
    {
        public ModelLayout Layout => ModelFileTests.Layout;

        public void CopyFlatTo(long start, Span<double> destination)
        {
            if (start > 50_000)
            {
                throw new IOException();
            }

            destination.Clear();
        }
    }

    [Fact]
    public void File_ThatIsReplacedOrKilledBefore_IsOneOfTheTwo()
    {
        ModelFile.Save(Place, Create(seed: 3));
        File.WriteAllBytes(Place + ".part", [1, 2, 3]);

        Digest second = ModelFile.Save(Place, Create(seed: 4));

        using var file = new ModelFile(Place, Layout);
        file.ComputeDigest().Should().Be(second);
        File.Exists(Place + ".part").Should().BeFalse();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Place).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public void File_ThatBecameShorter_IsAnIoErrorAndNoValue()
    {
        ModelFile.Save(Place, Create(seed: 3));
        using var file = new ModelFile(Place, Layout);
        using (var stream = new FileStream(Place, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete }))
        {
            // Only a party that ignores advisory locks can do this.
            stream.SetLength(1000);
        }

        file.Invoking(one => one.CopyFlatTo(0, new double[Layout.ToArrayLength()])).Should().Throw<IOException>();
    }

    private static ModelParameters Create(int seed)
    {
        var random = new Random(seed);
        return ModelParameters.CreateBuilder(Layout)
            .Set<float>("singles", [.. Values(15).Select(value => (float)value)])
            .Set<long>("steps", new long[7])
            .Set<Half>("halves", [.. Values(9).Select(value => (Half)value)])
            .Set<float>("own", new float[11])
            .SetBFloat16Bits("brains", [.. Values(40_000).Select(FloatingFormat.ToBFloat16Bits)])
            .Set<double>("doubles", [.. Values(70_001)])
            .Build();

        IEnumerable<double> Values(int count) => Enumerable.Range(0, count).Select(_ => (8 * random.NextDouble()) - 4);
    }

    private FormatError ErrorOf(byte[] bytes, ModelLayout layout)
    {
        File.WriteAllBytes(Place, bytes);
        return FluentActions.Invoking(() => new ModelFile(Place, layout)).Should().Throw<HeFormatException>().Which.Error;
    }
}

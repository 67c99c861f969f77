using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Tests.Support;

namespace FedHe.Safetensors.Tests.Files;

public sealed class FileAccessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_StreamedMappedAndFromAStream_GivesTheSame()
    {
        byte[] bytes = RawFile.OfEveryType();
        string path = _folder.Write("all.safetensors", bytes);
        using var stream = new MemoryStream([1, 2, 3, .. bytes]) { Position = 3 };
        using var streamed = SafetensorsFile.Open(path);
        using var mapped = SafetensorsFile.Open(path, SafetensorsAccess.Mapped);
        using var fromStream = SafetensorsFile.Open(stream);
        foreach (SafetensorsEntry entry in streamed.Header.Tensors)
        {
            byte[] expected = bytes[(int)(bytes.Length - streamed.Header.DataLength + entry.Begin)..][..(int)entry.Length];
            foreach (SafetensorsFile file in new[] { streamed, mapped, fromStream })
            {
                byte[] read = new byte[entry.Length];
                file.Read(entry.Name, 0, read);
                read.Should().Equal(expected, entry.Name);
            }
        }
    }

    [Theory]
    [InlineData("F64", 8, "000000000000F8BF0000000000000840", new[] { -1.5, 3.0 })]
    [InlineData("F32", 4, "0000C0BF00004040", new[] { -1.5, 3.0 })]
    [InlineData("F16", 2, "00BE0042", new[] { -1.5, 3.0 })]
    [InlineData("BF16", 2, "C0BF4040", new[] { -1.5, 3.0 })]
    public void ReadValues_OfEveryFloatingType_AreExact(string dtype, int size, string hex, double[] expected)
    {
        byte[] bytes = RawFile.Of($"{{\"a\":{{\"dtype\":\"{dtype}\",\"shape\":[2],\"data_offsets\":[0,{2 * size}]}}}}", Convert.FromHexString(hex));
        using var file = SafetensorsFile.Open(new MemoryStream(bytes));
        double[] values = new double[2];
        file.ReadValues("a", 0, values);
        values.Should().Equal(expected);
        file.ReadValues("a", 1, values.AsSpan(0, 1));
        values[0].Should().Be(3);
    }

    [Fact]
    public void ReadValues_LongerThanAChunk_AreInOrder()
    {
        float[] numbers = [.. Enumerable.Range(0, 20_001).Select(i => (float)i)];
        byte[] data = [.. numbers.SelectMany(BitConverter.GetBytes)];
        using var file = SafetensorsFile.Open(new MemoryStream(RawFile.Of($"{{\"a\":{{\"dtype\":\"F32\",\"shape\":[20001],\"data_offsets\":[0,{data.Length}]}}}}", data)));
        double[] values = new double[20_000];
        file.ReadValues("a", 1, values);
        values.Should().Equal(numbers[1..].Select(one => (double)one));
    }

    [Fact]
    public void Read_OfWhatIsNotThere_IsRefused()
    {
        using var file = SafetensorsFile.Open(new MemoryStream(RawFile.OfEveryType()));
        byte[] bytes = new byte[9];
        file.Invoking(one => one.Read("x", 0, bytes)).Should().Throw<SafetensorsException>().Which.Tensor.Should().Be("x");
        file.Invoking(one => one.Read("0.U64", 0, bytes)).Should().Throw<ArgumentException>();
        file.Invoking(one => one.Read("0.U64", -1, bytes.AsSpan(0, 1))).Should().Throw<ArgumentException>();
        file.Invoking(one => one.ReadValues("1.I64", 0, new double[1])).Should().Throw<SafetensorsException>()
            .Which.Error.Should().Be(SafetensorsError.DtypeNotSupported);
        file.Invoking(one => one.ReadValues("4.F32", 6, new double[1])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Read_OfAFileThatBecameShorter_IsRefused()
    {
        using var stream = new MemoryStream();
        stream.Write(RawFile.OfEveryType());
        stream.Position = 0;
        using var shrinking = SafetensorsFile.Open(stream);
        stream.SetLength(stream.Length - 1);
        shrinking.Invoking(one => one.Read("21.BOOL", 0, new byte[2])).Should().Throw<SafetensorsException>()
            .Which.Error.Should().Be(SafetensorsError.Truncated);
    }

    [Fact]
    public void Open_StreamWithoutSeeking_IsRefused()
    {
        using var zipped = new System.IO.Compression.GZipStream(new MemoryStream(), System.IO.Compression.CompressionMode.Decompress);
        FluentActions.Invoking(() => SafetensorsFile.Open(zipped)).Should().Throw<ArgumentException>();
    }
}

using System.Collections.Immutable;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Tests.Support;

namespace FedHe.Safetensors.Tests.Headers;

public sealed class HeaderBytesTests
{
    private const string Text =
        """{"__metadata__":{"a":"1","format":"pt"},"größe":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"b":{"dtype":"F32","shape":[],"data_offsets":[16,20]},"h":{"dtype":"F16","shape":[1],"data_offsets":[20,22]},"flag":{"dtype":"BOOL","shape":[1],"data_offsets":[22,23]}}""";

    private static readonly byte[] Data = [.. Enumerable.Range(1, 23).Select(i => (byte)i)];

    [Fact]
    public void Writer_KnownTensors_GivesTheBytesThatTheFormatDescribes()
    {
        SafetensorsHeader header = SafetensorsHeader.Create(
            [("flag", SafetensorsDtype.Boolean, [1]), ("b", SafetensorsDtype.Float32, []), ("h", SafetensorsDtype.Float16, [1]), ("größe", SafetensorsDtype.Int64, [1]), ("a", SafetensorsDtype.Float32, [2])],
            new Dictionary<string, string> { ["format"] = "pt", ["a"] = "1" });
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, header);
        foreach (SafetensorsEntry entry in header.Tensors)
        {
            writer.Write(entry.Name, Data.AsSpan((int)entry.Begin, (int)entry.Length));
        }

        writer.Complete();
        stream.ToArray().Should().Equal(RawFile.Of(RawFile.Padded(Text), Data));
    }

    [Fact]
    public void Reader_KnownBytes_GivesEveryTensorAndTheMetadata()
    {
        using var stream = new MemoryStream(RawFile.Of(RawFile.Padded(Text), Data));
        using var file = SafetensorsFile.Open(stream);
        file.Header.Metadata.Should().Equal(new Dictionary<string, string> { ["a"] = "1", ["format"] = "pt" });
        file.Header.Tensors.Select(one => one.Name).Should().Equal("größe", "a", "b", "h", "flag");
        file.Header.TryGet("a", out SafetensorsEntry? entry).Should().BeTrue();
        entry.Should().BeEquivalentTo(new SafetensorsEntry("a", SafetensorsDtype.Float32, [2], 8, 8));
        byte[] bytes = new byte[4];
        file.Read("a", 4, bytes);
        bytes.Should().Equal(13, 14, 15, 16);
    }

    [Fact]
    public void Reader_EveryElementType_HasTheLengthThatTheTypeGives()
    {
        using var stream = new MemoryStream(RawFile.OfEveryType());
        using var file = SafetensorsFile.Open(stream);
        file.Header.Tensors.Select(one => one.Dtype).Distinct().Should().BeEquivalentTo(Enum.GetValues<SafetensorsDtype>());
        foreach (SafetensorsEntry entry in file.Header.Tensors)
        {
            entry.Name.Should().EndWith(entry.Dtype.FormatName());
            (entry.ElementCount * entry.Dtype.BitsPerElement()).Should().Be(8 * entry.Length, entry.Name);
        }
    }

    [Fact]
    public void Reader_HeaderThatIsNotPaddedAndNotInOrder_IsRead()
    {
        byte[] bytes = RawFile.Of("""{ "b" : {"shape":[1],"data_offsets":[1,2],"dtype":"U8"}, "a":{"dtype":"U8","data_offsets":[0,1],"shape":[1]}}""", 1, 2);
        using var file = SafetensorsFile.Open(new MemoryStream(bytes));
        file.Header.Tensors.Select(one => one.Name).Should().Equal("a", "b");
    }

    [Fact]
    public void Reader_NoTensors_IsAFile()
    {
        using var file = SafetensorsFile.Open(new MemoryStream(RawFile.Of("{}")));
        file.Header.Tensors.Should().BeEmpty();
        file.Header.DataLength.Should().Be(0);
    }

    [Fact]
    public void Create_NamesAndShapesThatAreImpossible_AreRefused()
    {
        static Action Creating(params (string, SafetensorsDtype, ImmutableArray<long>)[] tensors) => () => SafetensorsHeader.Create(tensors);
        Creating(("a", SafetensorsDtype.Float32, [1]), ("a", SafetensorsDtype.Float32, [1])).Should().Throw<Errors.SafetensorsException>().Which.Error.Should().Be(Errors.SafetensorsError.DuplicateName);
        Creating(("__metadata__", SafetensorsDtype.Float32, [1])).Should().Throw<Errors.SafetensorsException>().Which.Error.Should().Be(Errors.SafetensorsError.DuplicateName);
        Creating(("a", SafetensorsDtype.Float4, [3])).Should().Throw<Errors.SafetensorsException>().Which.Error.Should().Be(Errors.SafetensorsError.WrongLength);
        Creating(("a", SafetensorsDtype.Float32, [-1])).Should().Throw<Errors.SafetensorsException>().Which.Error.Should().Be(Errors.SafetensorsError.Overflow);
        Creating(("a", SafetensorsDtype.Float32, [1L << 40, 1L << 40])).Should().Throw<Errors.SafetensorsException>().Which.Error.Should().Be(Errors.SafetensorsError.Overflow);
    }

    [Fact]
    public void Writer_OutOfOrderOrTooMuchOrTooLittle_IsRefused()
    {
        SafetensorsHeader header = SafetensorsHeader.Create([("a", SafetensorsDtype.UInt8, [2]), ("b", SafetensorsDtype.UInt8, [1])]);
        var writer = new SafetensorsWriter(Stream.Null, header);
        FluentActions.Invoking(() => writer.Write("b", [1])).Should().Throw<Errors.SafetensorsException>();
        writer.Write("a", [1]);
        FluentActions.Invoking(() => writer.Write("a", [1, 2])).Should().Throw<Errors.SafetensorsException>();
        FluentActions.Invoking(writer.Complete).Should().Throw<Errors.SafetensorsException>().Which.Error.Should().Be(Errors.SafetensorsError.WrongValueCount);
        writer.Write("a", [2]);
        writer.Write("b", [3]);
        writer.Complete();
    }
}

using System.Buffers.Binary;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Safetensors.Tests.Headers;

public sealed class HostileHeaderTests
{
    private const int Mutations = 10_000;

    /// <summary>What a refusal itself costs: the exception, its message and its trace.</summary>
    private const int FixedAllowance = 64 * 1024;

    /// <summary>The largest price of a byte of a header: entries, names and their places in two dictionaries.</summary>
    private const int AllowancePerByte = 64;

    private const string A = "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}";

    [Theory]
    [InlineData("", SafetensorsError.NotJson)]
    [InlineData("[]", SafetensorsError.NotJson)]
    [InlineData(" {}", SafetensorsError.NotJson)]
    [InlineData("{", SafetensorsError.NotJson)]
    [InlineData("{} x", SafetensorsError.NotJson)]
    [InlineData("{}{}", SafetensorsError.NotJson)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},}", SafetensorsError.NotJson)]
    [InlineData("{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", SafetensorsError.NotJson)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[[2]],\"data_offsets\":[0,2]}}", SafetensorsError.NotJson)]
    [InlineData("{\"a\":1}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":null}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2]}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0]}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2,2]}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2],\"strides\":[1]}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":8,\"shape\":[2],\"data_offsets\":[0,2]}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[\"2\"],\"data_offsets\":[0,2]}}", SafetensorsError.WrongField)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":2,\"data_offsets\":[0,2]}}", SafetensorsError.WrongField)]
    [InlineData("{\"__metadata__\":[]}", SafetensorsError.WrongField)]
    [InlineData("{\"__metadata__\":{\"a\":1}}", SafetensorsError.WrongField)]
    [InlineData("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", SafetensorsError.WrongField)]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", SafetensorsError.DuplicateName)]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", SafetensorsError.DuplicateName)]
    [InlineData("{" + A + "," + A + "}", SafetensorsError.DuplicateName)]
    [InlineData("{" + A + ",\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]}}", SafetensorsError.DuplicateName)]
    [InlineData("{\"a\":{\"dtype\":\"F3\",\"shape\":[2],\"data_offsets\":[0,2]}}", SafetensorsError.UnknownDtype)]
    [InlineData("{\"a\":{\"dtype\":\"u8\",\"shape\":[2],\"data_offsets\":[0,2]}}", SafetensorsError.UnknownDtype)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[-2],\"data_offsets\":[0,2]}}", SafetensorsError.Overflow)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2.0],\"data_offsets\":[0,2]}}", SafetensorsError.Overflow)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,18446744073709551615]}}", SafetensorsError.Overflow)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,2]}}", SafetensorsError.Overflow)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[0,0]}}", SafetensorsError.Overflow)]
    [InlineData("{\"a\":{\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,2]}}", SafetensorsError.Overflow)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,2]}}", SafetensorsError.WrongLength)]
    [InlineData("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", SafetensorsError.WrongLength)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,0]}}", SafetensorsError.WrongLength)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", SafetensorsError.NotContiguous)]
    [InlineData("{" + A + ",\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", SafetensorsError.NotContiguous)]
    [InlineData("{" + A + ",\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", SafetensorsError.NotContiguous)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,1]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", SafetensorsError.NotContiguous)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", SafetensorsError.TrailingBytes)]
    [InlineData("{}", SafetensorsError.TrailingBytes)]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}", SafetensorsError.Truncated)]
    public void Header_ThatTheFormatForbids_IsRefusedWithTheReason(string text, SafetensorsError expected)
        => ErrorOf(RawFile.Of(text, 1, 2)).Should().Be(expected);

    [Fact]
    public void Header_NotUtf8_IsRefused()
        => ErrorOf(RawFile.Of([.. "{\""u8, 0xC3, 0x28, .. "\":1}"u8])).Should().Be(SafetensorsError.NotJson);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void File_ShorterThanItsLength_IsRefused(int length)
    {
        ErrorOf(new byte[length]).Should().Be(SafetensorsError.Truncated);
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.safetensors", new byte[length]);
        FluentActions.Invoking(() => SafetensorsFile.Open(path)).Should().Throw<SafetensorsException>();
        FluentActions.Invoking(() => SafetensorsFile.Open(path, SafetensorsAccess.Mapped)).Should().Throw<SafetensorsException>();
    }

    [Theory]
    [InlineData(99_999_999UL, SafetensorsError.Truncated)]
    [InlineData(100_000_001UL, SafetensorsError.HeaderTooLong)]
    [InlineData(ulong.MaxValue, SafetensorsError.HeaderTooLong)]
    [InlineData(1UL << 63, SafetensorsError.HeaderTooLong)]
    public void HeaderLength_BeyondTheFile_IsRefusedBeforeAnythingIsAllocatedForIt(ulong length, SafetensorsError expected)
    {
        byte[] bytes = RawFile.Of("{}");
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        ErrorOf(bytes);
        var guard = AllocationGuard.Start();
        ErrorOf(bytes).Should().Be(expected);
        guard.ShouldBeAtMost(FixedAllowance, () => $"a header of {length} bytes");
    }

    [Fact]
    public void Limits_OnTensorsAndDimensions_Hold()
    {
        string empty(string name) => $"\"{name}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}";
        ErrorOf(RawFile.Of($"{{{empty("a")},{empty("b")},{empty("c")}}}"), new SafetensorsLimits { MaxTensors = 2 }).Should().Be(SafetensorsError.TooMany);
        ErrorOf(RawFile.Of("{\"__metadata__\":{\"a\":\"\",\"b\":\"\",\"c\":\"\"}}"), new SafetensorsLimits { MaxMetadata = 2 }).Should().Be(SafetensorsError.TooMany);
        ErrorOf(RawFile.Of("{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,2],\"data_offsets\":[0,2]}}", 1, 2), new SafetensorsLimits { MaxRank = 3 }).Should().Be(SafetensorsError.TooMany);
        ErrorOf(RawFile.Of($"{{{empty("a")}}}"), new SafetensorsLimits { MaxHeaderBytes = 8 }).Should().Be(SafetensorsError.HeaderTooLong);
    }

    [Fact]
    public void Refusal_OfAHostileName_ForgesNoLineOfALog()
    {
        string message = Refuse(RawFile.Of("{\"a\\nERROR all is lost" + new string('x', 500) + "\":1}"))!.Message;
        message.Should().NotContain("\n").And.Contain("a?ERROR");
        message.Length.Should().BeLessThan(400);
    }

    [Theory]
    [InlineData(20261)]
    [InlineData(20262)]
    public void Mutations_OfValidFiles_GiveTypedRefusalsWithinBoundedMemory(int seed)
    {
        byte[] original = seed % 2 == 0 ? RawFile.OfEveryType() : RawFile.Of(RawFile.Padded("{\"__metadata__\":{\"k\":\"v\"}," + A + "}"), 1, 2);
        var hostile = new HostileBytes(seed);
        using var stream = new MemoryStream(2 * original.Length + 64);
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            ReadOnlySpan<byte> bytes = hostile.Next(original);
            stream.SetLength(0);
            stream.Write(bytes);
            refused += Survive(stream, FixedAllowance + (AllowancePerByte * bytes.Length), $"seed {seed}, mutation {i}");
        }

        refused.Should().BeGreaterThan(Mutations / 2, $"seed {seed}");
    }

    [Fact]
    public void Mutations_OfHeadersOfTheRightLength_GiveTypedRefusalsWithinBoundedMemory()
    {
        const int Seed = 20263;
        byte[] file = RawFile.OfEveryType();
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        var hostile = new HostileBytes(Seed);
        for (int i = 0; i < Mutations; i++)
        {
            byte[] bytes = RawFile.Of(hostile.Next(file.AsSpan(8, length)).ToArray(), file[(8 + length)..]);
            using var stream = new MemoryStream(bytes);
            Survive(stream, FixedAllowance + (AllowancePerByte * bytes.Length), $"seed {Seed}, mutation {i}");
        }
    }

    [Fact]
    public void Texts_OfManySmallParts_CostABoundedMultipleOfTheirLength()
    {
        string[] texts =
        [
            "{" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")) + "}",
            "{\"__metadata__\":{" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"{i}\":\"\"")) + "}}",
            "{\"a\":{\"shape\":[" + string.Join(',', Enumerable.Repeat("1", 200_000)) + "]}}",
        ];
        foreach (string text in texts)
        {
            byte[] bytes = RawFile.Of(text);
            using var stream = new MemoryStream(bytes);
            Survive(stream, FixedAllowance + (AllowancePerByte * bytes.Length), text[..40]);
        }
    }

    /// <summary>Opens a file and reads all of it; returns 1 where it was refused.</summary>
    private static int Survive(MemoryStream stream, long allowance, string which)
    {
        stream.Position = 0;
        Span<byte> data = stackalloc byte[64];
        var guard = AllocationGuard.Start();
        int refused = 0;
        try
        {
            using var file = SafetensorsFile.Open(stream);
            foreach (SafetensorsEntry entry in file.Header.Tensors)
            {
                file.Read(entry.Name, 0, data[..(int)Math.Min(data.Length, entry.Length)]);
            }
        }
        catch (SafetensorsException refusal)
        {
            refusal.Message.Should().NotContainAny("\n", "\0");
            refused = 1;
        }

        guard.ShouldBeAtMost(allowance, () => which);
        return refused;
    }

    private static SafetensorsError? ErrorOf(byte[] bytes, SafetensorsLimits? limits = null) => Refuse(bytes, limits)?.Error;

    private static SafetensorsException? Refuse(byte[] bytes, SafetensorsLimits? limits = null)
    {
        try
        {
            using var file = SafetensorsFile.Open(new MemoryStream(bytes), limits);
            return null;
        }
        catch (SafetensorsException refused)
        {
            return refused;
        }
    }
}

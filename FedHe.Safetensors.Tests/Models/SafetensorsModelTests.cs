using System.Buffers.Binary;
using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Models;
using FedHe.Safetensors.Tests.Support;

namespace FedHe.Safetensors.Tests.Models;

public sealed class SafetensorsModelTests : IDisposable
{
    private static readonly SafetensorsModelOptions Options = new() { Bound = 8 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Describe_FileOfEveryType_AveragesFloatsAndNamesWhatStaysLocal()
    {
        using var checkpoint = SafetensorsCheckpoint.Open(_folder.Write("all.safetensors", RawFile.OfEveryType()));
        var model = SafetensorsModel.Describe(checkpoint, Options with { Bounds = new Dictionary<string, double> { ["8.F16"] = 2 }, KeepLocal = ["2.F64"] });
        model.Layout.Tensors.Select(one => (one.Name, one.ElementType, one.Bound)).Should().Equal(
            ("4.F32", ElementType.Float32, 8), ("7.BF16", ElementType.BFloat16, 8), ("8.F16", ElementType.Float16, 2));
        var reasons = model.Local.ToDictionary(one => one.Name, one => one.Reason);
        reasons.Should().HaveCount(checkpoint.Tensors.Length - 3);
        reasons["1.I64"].Should().Be(LocalReason.Integer);
        reasons["21.BOOL"].Should().Be(LocalReason.Integer);
        reasons["14.F8_E4M3"].Should().Be(LocalReason.SmallFloat);
        reasons["20.F4"].Should().Be(LocalReason.SmallFloat);
        reasons["3.C64"].Should().Be(LocalReason.Complex);
        reasons["22.F32"].Should().Be(LocalReason.Empty);
        reasons["2.F64"].Should().Be(LocalReason.Chosen);
    }

    [Fact]
    public void Write_WithItsOwnValues_GivesTheFileBitForBit()
    {
        byte[] original = RawFile.OfEveryType();
        using var checkpoint = SafetensorsCheckpoint.Open(_folder.Write("all.safetensors", original), Safetensors.Files.SafetensorsAccess.Mapped);
        var model = SafetensorsModel.Describe(checkpoint, Options with { Bound = 60_000 });
        model.Write(_folder.PathOf("copy.safetensors"), model.ReadParameters());
        File.ReadAllBytes(_folder.PathOf("copy.safetensors")).Should().Equal(original);
        model.Write(_folder.PathOf("copy.safetensors"), model);
        File.ReadAllBytes(_folder.PathOf("copy.safetensors")).Should().Equal(original);
    }

    [Fact]
    public void Write_OtherValues_ChangesNothingElse()
    {
        byte[] original = RawFile.OfEveryType();
        using var checkpoint = SafetensorsCheckpoint.Open(_folder.Write("all.safetensors", original));
        var model = SafetensorsModel.Describe(checkpoint, Options with { KeepLocal = ["2.F64", "7.BF16", "8.F16"] });
        ModelParameters values = ModelParameters.CreateBuilder(model.Layout).Set<float>("4.F32", [1, 2, 3, 4, 5, 6]).Build();
        model.Write(_folder.PathOf("new.safetensors"), values);
        byte[] written = File.ReadAllBytes(_folder.PathOf("new.safetensors"));
        int start = DataStart(original) + 40;
        written[..start].Should().Equal(original[..start]);
        written[(start + 24)..].Should().Equal(original[(start + 24)..]);
        written[start..(start + 24)].Should().Equal(new float[] { 1, 2, 3, 4, 5, 6 }.SelectMany(BitConverter.GetBytes));
    }

    [Fact]
    public void ReadParameters_AndFlatRanges_AgreeInEveryType()
    {
        using var checkpoint = SafetensorsCheckpoint.Open(_folder.Write("all.safetensors", RawFile.OfEveryType()));
        var model = SafetensorsModel.Describe(checkpoint, Options);
        ModelParameters parameters = model.ReadParameters();
        double[] expected = new double[model.Layout.ParameterCount];
        parameters.CopyFlatTo(0, expected);
        for (int start = 0; start < expected.Length; start++)
        {
            double[] part = new double[Math.Min(7, expected.Length - start)];
            model.CopyFlatTo(start, part);
            part.Should().Equal(expected.Skip(start).Take(part.Length));
        }

        model.Invoking(one => one.CopyFlatTo(0, new double[expected.Length + 1])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Match_OtherFloatingTypes_AreConvertedAndWritten()
    {
        string path = _folder.Write("local.safetensors", RawFile.Of(
            "{\"w\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},\"extra\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 0xC0, 0x3F, 0x40, 0x40, 0, 0, 0, 0));
        var layout = new ModelLayout(new TensorSpec("w", ElementType.Float32, [2], 8));
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        var model = SafetensorsModel.Match(checkpoint, layout);
        model.Local.Should().ContainSingle().Which.Reason.Should().Be(LocalReason.NotInLayout);
        model.ReadParameters().Get<float>("w").ToArray().Should().Equal(1.5f, 3f);
        model.Write(_folder.PathOf("new.safetensors"), ModelParameters.CreateBuilder(layout).Set<float>("w", [1.00390625f, 1.01171875f]).Build());
        File.ReadAllBytes(_folder.PathOf("new.safetensors"))[^8..].Should().Equal(0x80, 0x3F, 0x82, 0x3F, 0, 0, 0, 0);
    }

    [Fact]
    public void Match_NarrowerLayout_RoundsAndRefusesWhatDoesNotFit()
    {
        var layout = new ModelLayout(new TensorSpec("w", ElementType.Float16, [2], 8));
        string path = Doubles(2049, 1);
        using (var checkpoint = SafetensorsCheckpoint.Open(path))
        {
            var model = SafetensorsModel.Match(checkpoint, layout);
            model.ReadParameters().Get<Half>("w")[0].Should().Be((Half)2048);
            double[] flat = new double[2];
            model.CopyFlatTo(0, flat);
            flat.Should().Equal(2048, 1);
        }

        using var large = SafetensorsCheckpoint.Open(Doubles(1, 70_000));
        SafetensorsModel.Match(large, layout).Invoking(one => one.ReadParameters()).Should().Throw<SafetensorsException>().Which.Tensor.Should().Be("w");
        SafetensorsModel.Match(large, layout).Invoking(one => one.CopyFlatTo(0, new double[2])).Should().Throw<SafetensorsException>();
    }

    [Fact]
    public void Match_WhatDoesNotFitTheLayout_IsRefusedByName()
    {
        using var checkpoint = SafetensorsCheckpoint.Open(Doubles(1, 2));
        SafetensorsError? Matching(params TensorSpec[] specs) => FluentActions.Invoking(() => SafetensorsModel.Match(checkpoint, new ModelLayout(specs)))
            .Should().Throw<SafetensorsException>().Which.Error;
        Matching(new TensorSpec("w", ElementType.Float64, [1, 2], 8)).Should().Be(SafetensorsError.WrongShape);
        Matching(new TensorSpec("w", ElementType.Float64, [2], 8), new TensorSpec("x", ElementType.Float64, [2], 8)).Should().Be(SafetensorsError.UnknownTensor);
        Matching(new TensorSpec("v", ElementType.Float64, [2], 8), new TensorSpec("w", ElementType.Int64, [2])).Should().Be(SafetensorsError.UnknownTensor);
        using var integers = SafetensorsCheckpoint.Open(_folder.Write("i.safetensors", RawFile.Of("{\"w\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 1, 2, 3, 4)));
        FluentActions.Invoking(() => SafetensorsModel.Match(integers, new ModelLayout(new TensorSpec("w", ElementType.Float32, [1], 8))))
            .Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.DtypeNotSupported);
    }

    [Fact]
    public void Describe_WhatCannotBeAveraged_IsRefusedWithTheReason()
    {
        SafetensorsException Describing(byte[] file, SafetensorsModelOptions? options = null)
        {
            using var checkpoint = SafetensorsCheckpoint.Open(_folder.Write("x.safetensors", file));
            return FluentActions.Invoking(() => SafetensorsModel.Describe(checkpoint, options ?? Options)).Should().Throw<SafetensorsException>().Which;
        }

        static byte[] One(string name, string dtype, string shape, int bytes)
            => RawFile.Of($"{{\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[0,{bytes}]}}}}", new byte[bytes]);
        Describing(One("w", "I64", "[1]", 8)).Error.Should().Be(SafetensorsError.NothingToAverage);
        Describing(One("w\\n", "F32", "[1]", 4)).Error.Should().Be(SafetensorsError.NotInLayout);
        Describing(One("w", "F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 4)).Error.Should().Be(SafetensorsError.NotInLayout);
        Describing(One("w", "F16", "[1]", 2), Options with { Bound = 1e6 }).Error.Should().Be(SafetensorsError.NotInLayout);
        Describing(One("w", "F32", "[1]", 4), Options with { KeepLocal = ["v"] }).Tensor.Should().Be("v");
        Describing(One("w", "F32", "[1]", 4), Options with { Bounds = new Dictionary<string, double> { ["v"] = 1 } }).Tensor.Should().Be("v");
        using var checkpoint = SafetensorsCheckpoint.Open(Doubles(1, 2));
        foreach (double bound in new[] { 0, -1, double.NaN, double.PositiveInfinity })
        {
            FluentActions.Invoking(() => SafetensorsModel.Describe(checkpoint, new SafetensorsModelOptions { Bound = bound })).Should().Throw<ArgumentException>();
        }
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAndNoOther()
    {
        using var checkpoint = SafetensorsCheckpoint.Open(_folder.Write("h.safetensors", RawFile.Of("{\"w\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 0, 0, 0, 0)));
        var model = SafetensorsModel.Describe(checkpoint, Options);
        string path = _folder.Write("out.safetensors", [42]);
        var wide = new ModelLayout(new TensorSpec("w", ElementType.Float32, [2], 1e6));
        model.Invoking(one => one.Write(path, ModelParameters.CreateBuilder(wide).Set<float>("w", [1, 1e6f]).Build()))
            .Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.OutsideRange);
        File.ReadAllBytes(path).Should().Equal(42);
        Directory.GetFiles(_folder.Location).Should().HaveCount(2);
        var other = new ModelLayout(new TensorSpec("v", ElementType.Float32, [2], 1e6));
        model.Invoking(one => one.Write(path, ModelParameters.CreateBuilder(other).Set<float>("v", [1, 1]).Build()))
            .Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.UnknownTensor);
        var shaped = new ModelLayout(new TensorSpec("w", ElementType.Float32, [2, 1], 1e6));
        model.Invoking(one => one.Write(path, ModelParameters.CreateBuilder(shaped).Set<float>("w", [1, 1]).Build()))
            .Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.WrongShape);
    }

    [Fact]
    public void Write_OverItsOwnFile_ReplacesIt()
    {
        string path = Doubles(1, 2);
        using (var checkpoint = SafetensorsCheckpoint.Open(path))
        {
            var model = SafetensorsModel.Describe(checkpoint, Options);
            model.Write(path, ModelParameters.CreateBuilder(model.Layout).Set<double>("w", [3, 4]).Build());
        }

        File.ReadAllBytes(path)[^8..].Should().Equal(BitConverter.GetBytes(4.0));
    }

    [Fact]
    public void Write_OfShards_GivesANewFolderAsAWhole()
    {
        string folder = _folder.PathOf("sharded");
        Directory.CreateDirectory(folder);
        const string Index = "{ \"metadata\": {\"total_size\": 12}, \"weight_map\": {\"a\": \"1.safetensors\", \"b\": \"2.safetensors\"} }";
        File.WriteAllText(Path.Combine(folder, SafetensorsCheckpoint.IndexFileName), Index);
        File.WriteAllBytes(Path.Combine(folder, "1.safetensors"), RawFile.Of("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 0, 0, 0, 0));
        File.WriteAllBytes(Path.Combine(folder, "2.safetensors"), RawFile.Of("{\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 0, 0, 0, 0, 0, 0, 0, 0));
        using var checkpoint = SafetensorsCheckpoint.Open(folder);
        var model = SafetensorsModel.Describe(checkpoint, Options);
        ModelParameters values = ModelParameters.CreateBuilder(model.Layout).Set<float>("a", [5]).Set<double>("b", [6]).Build();
        string target = _folder.PathOf("new");
        model.Write(target, values);
        File.ReadAllText(Path.Combine(target, SafetensorsCheckpoint.IndexFileName)).Should().Be(Index);
        using var written = SafetensorsCheckpoint.Open(target);
        SafetensorsModel.Match(written, model.Layout).ReadParameters().Get<double>("b")[0].Should().Be(6);
        model.Invoking(one => one.Write(target, values)).Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.DestinationExists);
        Directory.GetDirectories(_folder.Location).Should().HaveCount(2);
    }

    [Fact]
    public void Save_AModelWithBuffers_IsReadBackBitForBit()
    {
        var layout = new ModelLayout(
            new TensorSpec("f", ElementType.Float32, [2], 8), new TensorSpec("b", ElementType.BFloat16, [], 8), new TensorSpec("d", ElementType.Float64, [1], 8),
            new TensorSpec("h", ElementType.Float16, [1], 8), new TensorSpec("l", ElementType.Int64, [1]), new TensorSpec("i", ElementType.Int32, [1]),
            new TensorSpec("u", ElementType.UInt8, [1]), new TensorSpec("t", ElementType.Boolean, [2]));
        ModelParameters model = ModelParameters.CreateBuilder(layout)
            .Set<float>("f", [1.5f, float.NaN]).SetBFloat16Bits("b", [0x3FC0]).Set<double>("d", [0.1]).Set<Half>("h", [(Half)0.1])
            .Set<long>("l", [long.MinValue]).Set<int>("i", [-5]).Set<byte>("u", [200]).Set<bool>("t", [true, false]).Build();
        string path = _folder.PathOf("saved.safetensors");
        SafetensorsModel.Save(path, model, new Dictionary<string, string> { ["format"] = "pt" });
        using var checkpoint = SafetensorsCheckpoint.Open(path);
        checkpoint.Metadata["saved.safetensors"].Should().Equal(new Dictionary<string, string> { ["format"] = "pt" });
        ModelParameters read = SafetensorsModel.Match(checkpoint, layout).ReadParameters();
        read.Get<float>("f").ToArray().Should().Equal(model.Get<float>("f").ToArray());
        read.GetBFloat16Bits("b")[0].Should().Be(0x3FC0);
        read.Get<double>("d")[0].Should().Be(0.1);
        read.Get<Half>("h")[0].Should().Be((Half)0.1);
        read.Get<long>("l")[0].Should().Be(long.MinValue);
        read.Get<int>("i")[0].Should().Be(-5);
        read.Get<byte>("u")[0].Should().Be(200);
        read.Get<bool>("t").ToArray().Should().Equal(true, false);
    }

    private static int DataStart(byte[] file) => 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);


    private string Doubles(params double[] values)
        => _folder.Write($"d{values[0]}-{values[1]}.safetensors", RawFile.Of("{\"w\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}", [.. values.SelectMany(BitConverter.GetBytes)]));
}

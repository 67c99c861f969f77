using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Tests.Support;
using FedHe.TestKit.Hostile;

namespace FedHe.Safetensors.Tests.Checkpoints;

public sealed class ShardedCheckpointTests : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_FolderWithAnIndex_GivesTheTensorsOfAllShards()
    {
        WriteShards();
        WriteIndex($"{{\"metadata\":{{\"total_size\":12,\"more\":{{\"deep\":[1]}}}},\"weight_map\":{{\"a\":\"{First}\",\"b\":\"{Second}\"}}}}");
        foreach (string path in new[] { _folder.Location, _folder.PathOf(SafetensorsCheckpoint.IndexFileName) })
        {
            using var checkpoint = SafetensorsCheckpoint.Open(path);
            checkpoint.IsSharded.Should().BeTrue();
            checkpoint.Tensors.Select(one => (one.Name, one.FileName)).Should().Equal(("a", First), ("b", Second));
            double[] value = new double[1];
            checkpoint.ReadValues("b", 0, value);
            value[0].Should().Be(2);
        }
    }

    [Theory]
    [InlineData("../a.safetensors")]
    [InlineData("/etc/a.safetensors")]
    [InlineData("sub/a.safetensors")]
    [InlineData("..\\\\a.safetensors")]
    [InlineData("C:a.safetensors")]
    [InlineData("..safetensors")]
    [InlineData(".safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\\u0000.safetensors")]
    [InlineData("passwd")]
    public void Index_WhoseFileNameLeadsElsewhere_IsRefused(string file)
    {
        WriteShards();
        WriteIndex($"{{\"weight_map\":{{\"a\":\"{file}\"}}}}");
        Refusal().Error.Should().Be(SafetensorsError.UnsafeFileName);
    }

    [Theory]
    [InlineData("", SafetensorsError.NotJson)]
    [InlineData("[]", SafetensorsError.NotJson)]
    [InlineData("{}", SafetensorsError.NotJson)]
    [InlineData("{\"weight_map\":{}}", SafetensorsError.NotJson)]
    [InlineData("{\"weight_map\":[]}", SafetensorsError.NotJson)]
    [InlineData("{\"weight_map\":{\"a\":1}}", SafetensorsError.NotJson)]
    [InlineData("{\"weight_map\":{\"a\":\"" + First + "\"}} x", SafetensorsError.NotJson)]
    [InlineData("{\"weight_map\":{\"a\":\"" + First + "\"},\"weight_map\":{}}", SafetensorsError.DuplicateName)]
    [InlineData("{\"weight_map\":{\"a\":\"" + First + "\",\"a\":\"" + Second + "\"}}", SafetensorsError.DuplicateName)]
    [InlineData("{\"weight_map\":{\"a\":\"" + First + "\",\"b\":\"missing.safetensors\"}}", SafetensorsError.ShardMissing)]
    [InlineData("{\"weight_map\":{\"a\":\"" + First + "\",\"b\":\"" + First + "\"}}", SafetensorsError.IndexMismatch)]
    [InlineData("{\"weight_map\":{\"a\":\"" + First + "\",\"c\":\"" + Second + "\"}}", SafetensorsError.IndexMismatch)]
    public void Index_ThatDoesNotFit_IsRefusedWithTheReason(string index, SafetensorsError expected)
    {
        WriteShards();
        WriteIndex(index);
        Refusal().Error.Should().Be(expected);
    }

    [Fact]
    public void Open_TensorInTwoShards_IsRefused()
    {
        WriteShards(second: "a");
        WriteIndex($"{{\"weight_map\":{{\"a\":\"{First}\",\"b\":\"{Second}\"}}}}");
        Refusal().Error.Should().Be(SafetensorsError.IndexMismatch);
    }

    [Fact]
    public void Open_FolderWithNeitherOrBoth_IsRefused()
    {
        Refusal().Error.Should().Be(SafetensorsError.NoCheckpoint);
        FluentActions.Invoking(() => SafetensorsCheckpoint.Open(_folder.PathOf("none"))).Should().Throw<SafetensorsException>();
        WriteShards();
        WriteIndex($"{{\"weight_map\":{{\"a\":\"{First}\",\"b\":\"{Second}\"}}}}");
        _folder.Write(SafetensorsCheckpoint.SingleFileName, RawFile.OfEveryType());
        Refusal().Message.Should().Contain("both");
    }

    [Fact]
    public void Index_NotUtf8_IsRefused()
        => FluentActions.Invoking(() => ShardIndex.Read(new byte[] { (byte)'{', (byte)'"', 0xC3, 0x28, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, SafetensorsLimits.Default))
            .Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.NotJson);

    [Fact]
    public void Index_LongerThanTheLimit_IsRefused()
    {
        WriteIndex("{}".PadRight(100));
        FluentActions.Invoking(() => SafetensorsCheckpoint.Open(_folder.Location, limits: new SafetensorsLimits { MaxHeaderBytes = 99 }))
            .Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.HeaderTooLong);
    }

    [Fact]
    public void Mutations_OfAnIndex_GiveTypedRefusals()
    {
        const int Seed = 20264;
        byte[] original = System.Text.Encoding.UTF8.GetBytes($"{{\"metadata\":{{\"total_size\":12}},\"weight_map\":{{\"a\":\"{First}\",\"b\":\"{Second}\"}}}}");
        var hostile = new HostileBytes(Seed);
        int leading = 0;
        for (int i = 0; i < 10_000; i++)
        {
            byte[] bytes = hostile.Next(original).ToArray();
            var guard = AllocationGuard.Start();
            try
            {
                leading += ShardIndex.Read(bytes, SafetensorsLimits.Default).Shards.Count(name => Path.GetFileName(name) != name);
            }
            catch (SafetensorsException)
            {
                // A typed refusal is what an index with a wrong byte gets.
            }

            guard.ShouldBeAtMost(128 * 1024, () => $"seed {Seed}, mutation {i}");
        }

        leading.Should().Be(0, $"seed {Seed}");
    }

    private SafetensorsException Refusal()
        => FluentActions.Invoking(() => SafetensorsCheckpoint.Open(_folder.Location)).Should().Throw<SafetensorsException>().Which;

    private void WriteIndex(string text) => _folder.Write(SafetensorsCheckpoint.IndexFileName, text);

    private void WriteShards(string second = "b")
    {
        _folder.Write(First, RawFile.Of("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", BitConverter.GetBytes(1f)));
        _folder.Write(Second, RawFile.Of($"{{\"{second}\":{{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}}}", BitConverter.GetBytes(2.0)));
    }
}

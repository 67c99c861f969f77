using System.Buffers.Binary;
using System.Collections.Immutable;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>Jobs of which a part travels: adapters whose halves take turns, and squeezed differences.</summary>
public sealed class UpdateOptionsTests
{
    private const string A = "layer.lora_A.weight";
    private const string B = "layer.lora_B.weight";
    private const string Base = "layer.weight";

    [Fact]
    public async Task Adapters_ThatTakeTurns_MoveOneHalfARound_AndNothingElse()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        WriteAdapter(folders["start.safetensors"], [0.5f, -0.5f], [0, 0], [1, 2]);
        ToolResult described = await folders.DescribeJobAsync("--adapters", "alternating", "--keep-local", Base, "--json");
        described.ExitCode.Should().Be(ExitCodes.Done, described.Errors);
        described.Json.GetProperty("adapters").GetString().Should().Be("Alternating");
        described.Json.GetProperty("averaged").EnumerateArray().Select(name => name.GetString()).Should().BeEquivalentTo(A, B);
        described.Json.GetProperty("local").EnumerateArray().Should().ContainSingle(local => local.GetProperty("name").GetString() == Base);
        await folders.JoinAsync();

        // Clients 1 to 4 train B to their numbers, and A to half of them: the averages are 2.5 and 1.25.
        await RoundAsync(folders, (client, number) => ["encrypt", folders[client], "--model", WriteAdapter(folders[$"{client}.safetensors"], [0.5f, -0.5f], [number, -number], [number, 0])]);
        string model = string.Empty;
        foreach (string client in folders.Clients)
        {
            model = await DecryptAsync(folders, client);
            Read(model, A).Should().Equal(0.5, -0.5);
            Read(model, B).Should().Equal([2.5, -2.5], (actual, expected) => Math.Abs(actual - expected) < 1e-4);
        }

        float[] second = [.. Read(model, B).Select(value => (float)value)];
        await RoundAsync(folders, (client, number) => ["encrypt", folders[client], "--model", WriteAdapter(folders[$"{client}.safetensors"], [number / 2f, number / 2f], second, [number, 0])]);
        foreach (string client in folders.Clients)
        {
            model = await DecryptAsync(folders, client);
            Read(model, A).Should().Equal([1.25, 1.25], (actual, expected) => Math.Abs(actual - expected) < 1e-4);
            Read(model, B).Should().Equal(second.Select(value => (double)value));
        }
    }

    [Fact]
    public async Task Adapters_WhoseKeptHalfWasTrained_AreNotSent()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        WriteAdapter(folders["start.safetensors"], [0.5f, -0.5f], [0, 0], [1, 2]);
        (await folders.DescribeJobAsync("--adapters", "freeze-a", "--keep-local", Base)).ExitCode.Should().Be(ExitCodes.Done);
        await folders.JoinAsync();
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();

        string trained = WriteAdapter(folders["c1.safetensors"], [0.5f, 0.5f], [1, 1], [1, 2]);
        foreach (string[] command in (string[][])[["encrypt", folders["c1"], "--model", trained], .. OperatingSystem.IsWindows() ? [] : new[] { new[] { "train", folders["c1"], "--exec", $"cp '{trained}' {{local}}" } }])
        {
            ToolResult refused = await Fedhe.RunAsync(command);

            refused.ExitCode.Should().NotBe(ExitCodes.Done);
            refused.Errors.Should().Contain(A);
        }

        Directory.EnumerateFiles(folders["c1/outbox"], "*upload*", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [Fact]
    public async Task Squeeze_LetsSoManyValuesTravel()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        Write(folders["start.safetensors"], ("weight", [8], new float[8]));
        ToolResult described = await folders.DescribeJobAsync("--squeeze", "4", "--json");
        described.ExitCode.Should().Be(ExitCodes.Done, described.Errors);
        described.Json.GetProperty("squeeze").GetInt32().Should().Be(4);
        await folders.JoinAsync();

        await RoundAsync(folders, (client, number) => ["train", folders[client], "--exec",
            $"cp '{Write(folders[$"{client}.safetensors"], ("weight", [8], [.. Enumerable.Repeat((float)number, 8)]))}' {{local}}"]);
        double[] first = [];
        foreach (string client in folders.Clients)
        {
            first = Read(await DecryptAsync(folders, client), "weight");
            first.Count(value => value == 0).Should().Be(4, "as many values wait");
            first.Count(value => Math.Abs(value - 2.5) < 1e-4).Should().Be(4, "as many values travel");
        }

        // What waited travels in the second round, although nobody moves it again: a client trains from what it has not sent yet.
        await RoundAsync(folders, (client, _) => ["train", folders[client], "--exec", "cp {global} {local}"]);
        foreach (string client in folders.Clients)
        {
            Read(await DecryptAsync(folders, client), "weight").Count(value => Math.Abs(value - 2.5) < 1e-3).Should().BeGreaterThan(4);
        }
    }

    /// <summary>A model that was trained from the round's model alone would take back what waits at the client.</summary>
    [Fact]
    public async Task Squeeze_WithAModelThatWasTrainedElsewhere_IsRefused()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        Write(folders["start.safetensors"], ("weight", [8], new float[8]));
        (await folders.DescribeJobAsync("--squeeze", "4")).ExitCode.Should().Be(ExitCodes.Done);
        await folders.JoinAsync();
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();

        ToolResult refused = await Fedhe.RunAsync(["encrypt", folders["c1"], "--model", folders["start.safetensors"]]);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("'fedhe train'");
    }

    [Fact]
    public async Task ModelWithAdapters_WithoutAWordOnThem_IsRefused()
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        WriteAdapter(folders["start.safetensors"], [0.5f, -0.5f], [0, 0], [1, 2]);

        ToolResult refused = await folders.DescribeJobAsync();

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain("--adapters alternating");
        File.Exists(folders["authority/job.digest"]).Should().BeFalse();
    }

    [Theory]
    [InlineData("alternating")]
    [InlineData("freeze-a")]
    [InlineData("naive")]
    public async Task Adapters_BesideOtherTensors_AreRefused(string choice)
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        WriteAdapter(folders["start.safetensors"], [0.5f, -0.5f], [0, 0], [1, 2]);

        ToolResult refused = await folders.DescribeJobAsync("--adapters", choice);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain($"the model has {Base}").And.Contain("keep these local");
    }

    [Theory]
    [InlineData("alternating", 0)]
    [InlineData("freeze-a", 1)]
    [InlineData("naive", 0)]
    public async Task Adapters_ThatNoRoundCouldMove_AreRefused(string choice, float b)
    {
        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        WriteAdapter(folders["start.safetensors"], [0, 0], [b, b], [1, 2]);

        ToolResult refused = await folders.DescribeJobAsync("--adapters", choice, "--keep-local", Base);

        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain($"{A} is zero");
    }

    [Fact]
    public async Task TrainingCommand_ThatMovesTheKeptHalf_OrTrainsInVain_IsTold()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using CommitteeFolders folders = await CommitteeFolders.WithCardsAsync(4);
        WriteAdapter(folders["start.safetensors"], [0.5f, -0.5f], [0, 0], [1, 2]);
        (await folders.DescribeJobAsync("--adapters", "naive", "--keep-local", Base)).ExitCode.Should().Be(ExitCodes.Done);
        await folders.JoinAsync();
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();

        ToolResult lost = await Fedhe.RunAsync(["train", folders["c1"], "--exec", $"cp '{WriteAdapter(folders["c1.safetensors"], [0.5f, 1], [1, 1], [9, 2])}' {{local}}"]);
        ToolResult same = await Fedhe.RunAsync(["train", folders["c2"], "--exec", $"cp '{WriteAdapter(folders["c2.safetensors"], [0.5f, 1], [1, 1], [1, 2])}' {{local}}"]);

        lost.ExitCode.Should().Be(ExitCodes.Done, lost.Errors);
        lost.Errors.Should().Contain("training is lost").And.Contain(Base);
        same.ExitCode.Should().Be(ExitCodes.Done, same.Errors);
        same.Errors.Should().NotContain("lost");
    }

    [Theory]
    [InlineData("--adapters", "stacking", "--adapters must be alternating, freeze-a or naive")]
    [InlineData("--squeeze", "0", "--squeeze must be a number from 1")]
    [InlineData("--squeeze", "half", "--squeeze must be a number from 1")]
    public async Task Option_WithAValueThatIsNone_IsWrongUsage(string option, string value, string message)
    {
        ToolResult refused = await Fedhe.RunAsync(["keys", "job", "x", "--model", "y", "--bound", "8", option, value]);

        refused.ExitCode.Should().Be(ExitCodes.WrongUsage);
        refused.Errors.Should().Contain(message);
    }

    [Theory]
    [InlineData("--squeeze 4 --server-optimizer adam:0.1", "Leave out the optimizer, or the squeeze")]
    [InlineData("--squeeze 4 --dp client --epsilon 8 --delta 1e-5 --clip 1", "Leave out the privacy terms, or the squeeze")]
    [InlineData("--squeeze 9", "Let fewer travel")]
    [InlineData("--adapters alternating", "has no adapter")]
    public async Task Options_ThatDoNotGoTogether_AreRefused(string options, string message)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fedhe-options-");
        string model = Write(Path.Combine(folder.FullName, "model.safetensors"), ("weight", [8], new float[8]));

        ToolResult refused = await Fedhe.RunAsync(["plan", "--clients", "5", "--model", model, "--bound", "8", .. options.Split(' ')]);

        folder.Delete(recursive: true);
        refused.ExitCode.Should().Be(ExitCodes.Refused);
        refused.Errors.Should().Contain(message);
    }

    private static async Task RoundAsync(CommitteeFolders folders, Func<string, int, string[]> train)
    {
        await folders.UntilCommitteeAsync(["round", "open"]);
        await folders.FromServerAsync();
        foreach (string client in folders.Clients)
        {
            await Fedhe.DoAsync(train(client, 1 + Array.IndexOf(folders.Clients, client)));
            await folders.ToServerAsync(client);
        }

        await folders.UntilCommitteeAsync(["aggregate"]);
        await folders.FromServerAsync();
    }

    private static async Task<string> DecryptAsync(CommitteeFolders folders, string client)
    {
        ToolResult opened = await Fedhe.DoAsync("decrypt", folders[client], "--json");
        await folders.ToServerAsync(client);
        return opened.Json.GetProperty("model").GetString()!;
    }

    private static string WriteAdapter(string path, float[] a, float[] b, float[] rest) => Write(path, (A, [1, 2], a), (B, [2, 1], b), (Base, [2], rest));

    private static string Write(string path, params (string Name, long[] Shape, float[] Values)[] tensors)
    {
        SafetensorsHeader header = SafetensorsHeader.Create(tensors.Select(tensor => (tensor.Name, SafetensorsDtype.Float32, ImmutableArray.Create(tensor.Shape))));
        using FileStream file = File.Create(path);
        var writer = new SafetensorsWriter(file, header);
        foreach (SafetensorsEntry entry in header.Tensors)
        {
            float[] values = tensors.Single(tensor => tensor.Name == entry.Name).Values;
            byte[] bytes = new byte[sizeof(float) * values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), values[i]);
            }

            writer.Write(entry.Name, bytes);
        }

        writer.Complete();
        return path;
    }

    private static double[] Read(string path, string name)
    {
        using var file = SafetensorsFile.Open(path);
        double[] values = new double[file.Header.Tensors.Single(tensor => tensor.Name == name).Shape.Aggregate(1L, (product, length) => product * length)];
        file.ReadValues(name, 0, values);
        return values;
    }
}

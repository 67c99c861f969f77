using System.Text.Json;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;
using FedHe.Tool.Training;

namespace FedHe.Tool.Tests;

/// <summary>Training commands that do what they should not: nothing is lost, and a better one goes on.</summary>
public sealed class TrainingTests
{
    private const string Good = "sh -c 'cp good.safetensors {local}; echo \"{\\\"loss\\\": 0.5}\" > {metrics}'";

    public static TheoryData<string, string> Failures => new()
    {
        { "sh -c 'echo what went wrong >&2; exit 3'", "code 3*what went wrong*output.log" },
        { "sleep 600", "within 0.5 seconds*--timeout" },
        { "sh -c 'sleep 5 & exit 0'", "wrote no model to FEDHE_LOCAL_MODEL" },
        { "mkfifo {local}", "wrote no model to FEDHE_LOCAL_MODEL" },
        { "ln -s /dev/zero {local}", "wrote no model to FEDHE_LOCAL_MODEL" },
        { "true", "wrote no model to FEDHE_LOCAL_MODEL" },
        { "sh -c 'echo nonsense > {local}'", "cannot be used*" },
        { "sh -c 'head -c 40 good.safetensors > {local}'", "cannot be used*" },
        { "cp nan.safetensors {local}", "'weight'*not a finite number" },
        { "cp large.safetensors {local}", "'weight'*outside the tensor's bound" },
        { "cp shape.safetensors {local}", "'weight'*shape [3], not [2]" },
        { "cp name.safetensors {local}", "no tensor 'weight'" },
        { "no-such-program-anywhere", "cannot be started" },

        // The models that the commands above wrote must not be taken for one of this command.
        { "true", "wrote no model to FEDHE_LOCAL_MODEL" },
    };

    [Fact]
    public async Task EveryFailure_OfTheTrainingCommand_IsToldAndLeavesTheInvitation()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.InvitedAsync();
        Models(federation);
        string[] inbox = federation.Files("c1/inbox");
        foreach (object[] failure in Failures)
        {
            ToolResult result = await Fedhe.RunAsync(["train", federation["c1"], "--exec", In(federation, (string)failure[0]), "--timeout", "0.5"]);
            result.ExitCode.Should().Be(ExitCodes.Refused, (string)failure[0]);
            result.Errors.Should().Match($"*{failure[1]}*", (string)failure[0]);
            federation.Files("c1/inbox", "*invitation*").Should().ContainSingle();
            federation.Files("c1/outbox/server", "*upload*").Should().BeEmpty();
        }

        inbox.Should().NotBeEmpty();
        ToolResult trained = await Fedhe.DoAsync("train", federation["c1"], "--exec", In(federation, Good), "--json");
        trained.Json.GetProperty("metrics").GetProperty("loss").GetDouble().Should().Be(0.5);
        federation.Files("c1/outbox/server", "*upload*").Should().ContainSingle();
    }

    [Fact]
    public async Task Training_OfCorrectedGradients_IsRefusedBeforeItBegins()
    {
        var layout = new ModelLayout(new TensorSpec("weight", ElementType.Float32, [2], bound: 1));
        ModelParameters model = ModelParameters.CreateBuilder(layout).Set<float>("weight", [0, 0]).Build();
        var task = new TrainingTask(1, new TrainingSettings(), 1) { Correction = new GradientCorrection(layout, ControlVariate.Zero(2), ControlVariate.Zero(2)) };
        string folder = Path.Combine(Path.GetTempPath(), $"fedhe-{Guid.NewGuid():N}");
        foreach (ILocalTrainer trainer in (ILocalTrainer[])[new ExecTrainer(["no-such-program-anywhere"], folder, "c1", 1, TimeSpan.FromSeconds(1)), new FileTrainer(folder, 1)])
        {
            Func<Task> training = () => trainer.TrainAsync(model, task, null, default);
            (await training.Should().ThrowAsync<ToolException>()).WithMessage("*SCAFFOLD*");
        }

        Directory.Exists(folder).Should().BeFalse();
    }

    [Theory]
    [InlineData("printf \"{\\\"a\\\":\\\"\\\\\\\\ud800\\\"}\" > {metrics}")]
    [InlineData("mkfifo {metrics}")]
    [InlineData("ln -s /dev/zero {metrics}")]
    [InlineData("head -c 100000 /dev/zero > {metrics}")]
    [InlineData("head -c 3000000 /dev/zero")]
    [InlineData("sleep 3 & true")]
    public async Task Command_WithOddMetricsOrOutput_HasUploadedItsModel(string oddity)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.InvitedAsync();
        Models(federation);
        ToolResult result = await Fedhe.DoAsync("train", federation["c1"], "--exec", In(federation, $"sh -c 'cp good.safetensors {{local}}; {oddity}'"), "--json", "--timeout", "60");
        result.Json.GetProperty("uploaded").GetBoolean().Should().BeTrue();
        result.Json.GetProperty("metrics").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task Model_OfACommandThatOutlivedItsRun_IsNotTakenForTheNext()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.InvitedAsync();
        Models(federation);
        string orphan = federation["orphan"];
        await Fedhe.RunAsync(["train", federation["c1"], "--exec", $"sh -c 'echo {{local}} > {orphan}; exit 1'"]);
        string late = File.ReadAllText(orphan).Trim();

        ToolResult result = await Fedhe.RunAsync(["train", federation["c1"], "--exec", $"cp {federation["good.safetensors"]} {late}"]);

        result.ExitCode.Should().Be(ExitCodes.Refused, "the folder of the run before is gone");
        await Fedhe.DoAsync("train", federation["c1"], "--exec", In(federation, Good));
    }

    [Fact]
    public async Task Command_GetsModelAndTask_AndNotThePassword()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using Federation federation = await Federation.InvitedAsync();
        Models(federation);
        string seen = federation["seen"];
        await Fedhe.DoAsync(
            "train", federation["c1"], "--exec",
            In(federation, $"sh -c 'env > {seen}; cp $FEDHE_TASK {federation["task"]}; cp $FEDHE_GLOBAL_MODEL {federation["global"]}; cp good.safetensors $FEDHE_LOCAL_MODEL; echo broken > $FEDHE_METRICS'"));
        File.ReadAllText(seen).Should().Contain("FEDHE_METRICS=").And.NotContain(Fedhe.PasswordForTests);
        SmallModel.Read(federation["global"]).Should().Be((0, 0, 7));
        using JsonDocument task = JsonDocument.Parse(File.ReadAllText(federation["task"]));
        task.RootElement.GetProperty("round").GetInt32().Should().Be(1);
        task.RootElement.GetProperty("client").GetString().Should().Be("c1");
        task.RootElement.GetProperty("samples").GetInt64().Should().Be(100);
        task.RootElement.GetProperty("moving").ValueKind.Should().Be(JsonValueKind.Null, "the model has no adapters");
    }

    [Fact]
    public async Task Clamp_WhereAskedFor_MovesValuesToTheirBounds()
    {
        using Federation federation = await Federation.InvitedAsync();
        await Fedhe.DoAsync("encrypt", federation["c1"], "--model", SmallModel.Write(federation["m.safetensors"], 1e6f, 0), "--clamp");
    }

    [Theory]
    [InlineData("python train.py", "python|train.py")]
    [InlineData("  a  'b c' \"d ' e\"f ", "a|b c|d ' ef")]
    [InlineData("a ''", "a|")]
    public void Words_AreSplitAtSpacesOutsideOfQuotes(string command, string expected)
        => CommandWords.Split(command).Should().Equal(expected.Split('|'));

    [Theory]
    [InlineData("a 'b")]
    [InlineData("   ")]
    public void Words_ThatAreNone_AreWrongUsage(string command)
        => FluentActions.Invoking(() => CommandWords.Split(command)).Should().Throw<ToolException>().Which.ExitCode.Should().Be(ExitCodes.WrongUsage);

    private static void Models(Federation federation)
    {
        SmallModel.Write(federation["good.safetensors"], 1, 1);
        SmallModel.Write(federation["nan.safetensors"], float.NaN, 1);
        SmallModel.Write(federation["large.safetensors"], 9, 1);
        SmallModel.Write(federation["shape.safetensors"], 1, 1, extra: 1);
        SmallModel.Write(federation["name.safetensors"], 1, 1, name: "other");
    }

    /// <summary>Names the models of a federation by their full paths.</summary>
    private static string In(Federation federation, string command)
        => new[] { "good", "nan", "large", "shape", "name" }.Aggregate(command, (text, name) => text.Replace($" {name}.safetensors", $" {federation[$"{name}.safetensors"]}", StringComparison.Ordinal));
}

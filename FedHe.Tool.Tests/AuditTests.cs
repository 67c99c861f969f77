using System.Runtime.ExceptionServices;
using System.Text;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>The commands <c>fedhe audit verify</c> and <c>audit page</c>, on logs that a server wrote and on what others made of them.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private AuditedKits _kits = null!;

    private string HeadPath => Path.Combine(_kits["north"], KitFiles.Party, PartyFiles.AuditHead);

    private string HeadsPath => Path.Combine(_kits["north"], KitFiles.Party, PartyFiles.AuditHeads);

    public async Task InitializeAsync() => _kits = await AuditedKits.CreateAsync();

    public Task DisposeAsync()
    {
        _kits.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Log_OfAServer_IsIntact_AndSaysFromWhenToWhen()
    {
        ToolResult result = await Fedhe.DoAsync("audit", "verify", _kits.LogPath, "--job", _kits.JobPath, "--head", HeadPath, "--heads", HeadsPath, "--json");

        result.Json.GetProperty("isIntact").GetBoolean().Should().BeTrue();
        result.Json.GetProperty("entries").GetInt32().Should().Be(6);
        result.Json.GetProperty("from").GetString().Should().Be("2026-03-04T05:06:07.000Z");
        result.Json.GetProperty("to").GetString().Should().Be("2026-03-04T05:11:07.000Z");
        result.Json.GetProperty("heads").GetInt32().Should().Be(6);
        result.Json.GetProperty("vouchedFor").GetInt32().Should().Be(6);
        result.Json.GetProperty("faults").GetArrayLength().Should().Be(0);
        ToolResult text = await Fedhe.DoAsync("audit", "verify", _kits.LogPath, "--job", _kits.JobPath, "--head", HeadPath);
        text.Output.Should().Contain("6 entries, from 2026-03-04 05:06:07 to 2026-03-04 05:11:07 UTC").And.Contain("vouch for all entries up to number 6");
    }

    [Fact]
    public async Task Kit_HasWhatItsPartyHas()
    {
        ToolResult server = await Fedhe.DoAsync("audit", "verify", "--kit", _kits["server"], "--json");
        server.Json.GetProperty("entries").GetInt32().Should().Be(6);
        server.Json.GetProperty("heads").GetInt32().Should().Be(0, "the server has no word but its own");
        (await Fedhe.DoAsync("audit", "verify", "--kit", _kits["server"])).Output.Should().Contain("cut off at the end are not missed");

        // A client holds the log that it was given against the heads that it kept itself.
        string cut = _kits.Put("cut.log", AuditedKits.Join(_kits.Lines.SkipLast(2)));
        ToolResult client = await Fedhe.RunAsync(["audit", "verify", cut, "--kit", _kits["north"], "--json"]);
        client.ExitCode.Should().Be(ExitCodes.Refused);
        FaultsOf(client).Should().BeEquivalentTo([("Truncated", 5), ("Truncated", 6)]);
        (await Fedhe.DoAsync("audit", "verify", _kits.LogPath, "--kit", _kits["north"], "--json")).Json.GetProperty("vouchedFor").GetInt32().Should().Be(6);
        ToolResult south = await Fedhe.DoAsync("audit", "verify", cut, "--kit", _kits["south"], "--json");
        south.Json.GetProperty("heads").GetInt32().Should().Be(0, "south has kept none yet");
        await File.WriteAllBytesAsync(Path.Combine(_kits["south"], KitFiles.Party, PartyFiles.AuditHeads), []);
        await Fedhe.DoAsync("audit", "verify", cut, "--kit", _kits["south"]);
    }

    [Theory]
    [InlineData("remove", "WrongNumber", 3)]
    [InlineData("swap", "WrongNumber", 3)]
    [InlineData("repeat", "WrongNumber", 4)]
    [InlineData("change", "BadSignature", 3)]
    [InlineData("control", "Malformed", 3)]
    [InlineData("long", "Malformed", 3)]
    [InlineData("behead", "OtherJob", 1)]
    [InlineData("truncate", "Torn", 6)]
    [InlineData("empty", "Empty", 1)]
    public async Task Log_ThatSomebodyHandled_EndsWithOne_AndNamesTheEntry(string how, string error, int number)
    {
        List<byte[]> lines = [.. _kits.Lines];
        switch (how)
        {
            case "remove":
                lines.RemoveAt(2);
                break;
            case "swap":
                (lines[2], lines[3]) = (lines[3], lines[2]);
                break;
            case "repeat":
                lines.Insert(2, lines[2]);
                break;
            case "change":
                lines[2] = Change(lines[2], "north", "south");
                break;
            case "control":
                lines[2] = Change(lines[2], "north", "\u001b]0;title\u0007");
                break;
            case "long":
                lines[2] = Change(lines[2], "north", new string('x', 2 << 20));
                break;
            case "behead":
                lines.RemoveAt(0);
                break;
            case "truncate":
                lines[^1] = lines[^1][..^9];
                break;
            default:
                lines.Clear();
                break;
        }

        string log = _kits.Put("handled.log", AuditedKits.Join(lines));
        ToolResult result = await Fedhe.RunAsync(["audit", "verify", log, "--job", _kits.JobPath, "--json"]);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Json.GetProperty("status").GetString().Should().Be("refused");
        result.Json.GetProperty("error").GetString().Should().Contain("not as the server of the job wrote it");
        FaultsOf(result).Should().Contain((error, number));
        ToolResult text = await Fedhe.RunAsync(["audit", "verify", log, "--job", _kits.JobPath]);
        text.Output.Should().Contain($"Line {number}: ").And.NotContain("\u001b");
        text.Errors.Should().Contain("fault");
    }

    [Fact]
    public async Task Log_WrittenAnewWithFewerEntries_IsFoundOutByHeadsOfClients()
    {
        string anew = _kits.Put("anew.log", AuditedKits.Join(_kits.Write(4, [], client: "west")));

        // The holder of the server's key can write whatever it likes, and nothing is wrong with it by itself.
        (await Fedhe.RunAsync(["audit", "verify", anew, "--job", _kits.JobPath])).ExitCode.Should().Be(ExitCodes.Done);
        ToolResult result = await Fedhe.RunAsync(["audit", "verify", anew, "--job", _kits.JobPath, "--head", HeadPath, "--heads", HeadsPath, "--json"]);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        FaultsOf(result).Should().BeEquivalentTo([("Rewritten", 1), ("Rewritten", 2), ("Rewritten", 3), ("Rewritten", 4), ("Truncated", 5), ("Truncated", 6)]);
    }

    [Fact]
    public async Task Log_OfAnotherJob_IsFoundOut()
    {
        using AuditedKits other = await AuditedKits.CreateAsync(2);
        ToolResult result = await Fedhe.RunAsync(["audit", "verify", other.LogPath, "--job", _kits.JobPath, "--json"]);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        FaultsOf(result).Should().BeEquivalentTo([("OtherJob", 1), ("BadSignature", 1), ("BadSignature", 2)]);

        // A head of another job's server says nothing about this one, and is no reason to trust the log.
        string head = Path.Combine(other["north"], KitFiles.Party, PartyFiles.AuditHead);
        ToolResult headed = await Fedhe.RunAsync(["audit", "verify", _kits.LogPath, "--job", _kits.JobPath, "--head", head, "--json"]);
        FaultsOf(headed).Should().BeEquivalentTo([("BadHead", 2)]);
        headed.Json.GetProperty("vouchedFor").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Garbage_OfAMillionBytes_IsRefusedWithFewFaultsShown()
    {
        byte[] garbage = new byte[1_000_000];
        new Random(1).NextBytes(garbage);
        ToolResult result = await Fedhe.RunAsync(["audit", "verify", _kits.Put("garbage", garbage), "--job", _kits.JobPath, "--json"]);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Json.GetProperty("entries").GetInt32().Should().Be(0);
        result.Json.GetProperty("faultCount").GetInt32().Should().BeGreaterThan(1000);
        result.Json.GetProperty("faults").GetArrayLength().Should().Be(100);
        ToolResult text = await Fedhe.RunAsync(["audit", "verify", _kits.PathOf("garbage"), "--job", _kits.JobPath]);
        text.Output.Split('\n').Length.Should().BeLessThan(110);
        text.Output.Should().Contain(" more.");
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("{\"number\":1\n")]
    public void Garbage_OfShortLines_CostsNoExceptionEach(string line)
    {
        byte[] garbage = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, 100_000)));
        int thread = Environment.CurrentManagedThreadId;
        int thrown = 0;
        void Count(object? sender, FirstChanceExceptionEventArgs args) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            AuditLog.Verify(garbage, _kits.Job).Faults.Should().HaveCount(100_001);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }

        thrown.Should().Be(0, "a thrown exception takes as long as a hundred entries");
    }

    [Fact]
    public async Task Head_ThatCannotBeRead_IsSaid_AndNeverPassedOverWholly()
    {
        string torn = _kits.Put("torn.heads", [.. File.ReadAllBytes(HeadsPath), .. "17.ab\u001b"u8]);
        ToolResult result = await Fedhe.DoAsync("audit", "verify", _kits.LogPath, "--job", _kits.JobPath, "--heads", torn);
        result.Output.Should().Contain("torn.heads, line 6, is no head").And.Contain("up to number 5");
        ToolResult page = await Fedhe.DoAsync("audit", "page", _kits.LogPath, "--job", _kits.JobPath, "--heads", torn, "-o", _kits.PathOf("page.html"));
        page.Output.Should().Contain("torn.heads, line 6, is no head");

        ToolResult none = await Fedhe.RunAsync(["audit", "verify", _kits.LogPath, "--job", _kits.JobPath, "--head", _kits.Put("none.head", "17.ab\n"u8)]);
        none.ExitCode.Should().Be(ExitCodes.Refused);
        none.Errors.Should().Contain("has no head of an audit log");
    }

    [Theory]
    [InlineData("", "Give --job")]
    [InlineData("--job JOB --kit SERVER", "Give --job")]
    [InlineData("--job JOB", "Name the audit log")]
    [InlineData("--kit NORTH", "is not the kit of the server")]
    [InlineData("LOG --kit SERVER", "Leave out LOG")]
    [InlineData("LOG --job JOB --postgresql Host=x;Database=y", "--postgresql is for the log of a server")]
    [InlineData("LOG --kit NORTH --postgresql Host=x;Database=y", "--postgresql is for the log of a server")]
    [InlineData("--kit SERVER --authority --postgresql Host=x;Database=y", "--postgresql is for the log of a server")]
    [InlineData("--kit AUTHORITY --postgresql Host=x;Database=y", "--postgresql is for the log of a server")]
    public async Task Words_ThatDoNotSayWhatToVerify_AreWrongUsage(string words, string message)
    {
        string[] arguments = [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
        {
            "JOB" => _kits.JobPath,
            "LOG" => _kits.LogPath,
            "SERVER" => _kits["server"],
            "NORTH" => _kits["north"],
            "AUTHORITY" => _kits["authority"],
            _ => word,
        })];
        ToolResult result = await Fedhe.RunAsync(["audit", "verify", .. arguments]);

        result.ExitCode.Should().Be(ExitCodes.WrongUsage);
        result.Errors.Should().Contain(message);
    }

    [Theory]
    [InlineData("nowhere.log", "There is no file")]
    [InlineData("kits", "There is no file")]
    public async Task Log_ThatIsNoFile_IsRefused(string name, string message)
    {
        ToolResult result = await Fedhe.RunAsync(["audit", "verify", _kits.PathOf(name), "--job", _kits.JobPath]);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain(message);
    }

    [Fact]
    public async Task Log_LongerThanAny_IsRefusedUnread()
    {
        // The file is sparse, and takes no room.
        using (FileStream file = File.Create(_kits.PathOf("long.log")))
        {
            file.SetLength((1L << 30) + 1);
        }

        ToolResult result = await Fedhe.RunAsync(["audit", "verify", _kits.PathOf("long.log"), "--job", _kits.JobPath]);
        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain("is longer than 1024 MiB");
    }

    [Fact]
    public async Task Job_ThatIsNone_IsRefused()
    {
        ToolResult result = await Fedhe.RunAsync(["audit", "verify", _kits.LogPath, "--job", _kits.LogPath]);

        result.ExitCode.Should().Be(ExitCodes.Refused);
        result.Errors.Should().Contain(PartyFiles.AuditLog);
    }

    [Fact]
    public async Task Page_OfALog_SaysThatItIsWhole_AndIsNeverWrittenOver()
    {
        string page = _kits.PathOf("page.html");
        ToolResult result = await Fedhe.DoAsync("audit", "page", "--kit", _kits["server"], "--head", HeadPath, "-o", page, "--json");

        result.Json.GetProperty("page").GetString().Should().Be(page);
        result.Json.GetProperty("isIntact").GetBoolean().Should().BeTrue();
        string html = await File.ReadAllTextAsync(page);
        html.Should().Contain("All 6 entries are signed").And.Contain("vouch for all entries up to number 6").And.NotContain("<script");
        await File.WriteAllTextAsync(page, "mine");
        ToolResult again = await Fedhe.RunAsync(["audit", "page", _kits.LogPath, "--job", _kits.JobPath, "-o", page]);
        again.ExitCode.Should().Be(ExitCodes.Refused);
        again.Errors.Should().Contain("is there already");
        (await File.ReadAllTextAsync(page)).Should().Be("mine");
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1_000_000)]
    public async Task Page_OfWhateverThereIs_SaysWhatIsWrong(int garbageBytes)
    {
        byte[] garbage = new byte[garbageBytes];
        new Random(2).NextBytes(garbage);
        string log = _kits.Put("mixed.log", [.. AuditedKits.Join(_kits.Lines), .. garbage]);
        ToolResult result = await Fedhe.DoAsync("audit", "page", log, "--job", _kits.JobPath, "-o", _kits.PathOf("page.html"));

        result.Output.Should().Contain("It says what is wrong");
        string html = await File.ReadAllTextAsync(_kits.PathOf("page.html"));
        html.Should().Contain("This log is not as the server wrote it").And.Contain("this is no entry of an audit log").And.NotContain("\u001b");
        html.Length.Should().BeLessThan(100_000);
    }

    private static byte[] Change(byte[] line, string from, string to)
        => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line).Replace(from, to, StringComparison.Ordinal));

    private static IEnumerable<(string Error, int Number)> FaultsOf(ToolResult result)
        => result.Json.GetProperty("faults").EnumerateArray().Select(fault => (fault.GetProperty("error").GetString()!, fault.GetProperty("number").GetInt32()));
}

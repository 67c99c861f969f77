using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FedHe.TestKit.Architecture;
using FedHe.Tool.Tests.Support;

namespace FedHe.Tool.Tests;

/// <summary>
/// The script of docs/command.md, as it is. Its <c>fedhe</c> hands the words of every command to this process, which spares it the start
/// of sixty programs.
/// </summary>
public sealed class ScriptTests : IDisposable
{
    private const string Forward = """
        #!/usr/bin/env bash
        exec 3<>"/dev/tcp/127.0.0.1/$FEDHE_TEST_PORT"
        printf '%s\0' "$PWD" "$@" >&3
        printf '\1\0' >&3
        { IFS= read -r -u 3 code; cat <&3; }
        exit "$code"
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-script-");
    private readonly string _location = Directory.GetCurrentDirectory();

    public void Dispose()
    {
        Directory.SetCurrentDirectory(_location);
        _folder.Delete(recursive: true);
    }

    [ScriptFact]
    public async Task RoundScript_WithFilesThatPythonWrote_EndsWithOneModelForAll()
    {
        string fedhe = Path.Combine(_folder.FullName, "fedhe");
        await File.WriteAllTextAsync(fedhe, Forward);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var ended = new CancellationTokenSource();
        Task serving = ServeAsync(listener, ended.Token);
        using var script = Process.Start(new ProcessStartInfo("bash", [Path.Combine(SolutionDirectory.Path, "samples", "PyTorchClient", "round.sh"), Path.Combine(_folder.FullName, "round")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["FEDHE"] = $"bash {fedhe}",
                ["FEDHE_PASSWORD"] = Fedhe.PasswordForTests,
                ["FEDHE_TEST_PORT"] = $"{((IPEndPoint)listener.LocalEndpoint).Port}",
            },
        })!;
        Task<string> errors = script.StandardError.ReadToEndAsync();
        string output = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        await ended.CancelAsync();
        await serving;
        script.ExitCode.Should().Be(0, $"{output}{await errors}");
        output.Should().Contain("All clients have the same model.").And.Contain("Round 2 is added up: 4 contributors").And.Contain("steps: I64[1], not averaged")
            .And.Contain("Keys: All clients are members of a committee").And.Contain("the answer for the list, the only one of the round");
    }

    [Fact]
    public void Document_ShowsTheScriptThatTheTestsRun()
    {
        string script = File.ReadAllText(Path.Combine(SolutionDirectory.Path, "samples", "PyTorchClient", "round.sh"));
        File.ReadAllText(Path.Combine(SolutionDirectory.Path, "docs", "command.md")).Should().Contain(script[(script.IndexOf("clients=(", StringComparison.Ordinal))..script.IndexOf("\n\ncmp north", StringComparison.Ordinal)]);
    }

    private static async Task ServeAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(cancellationToken);
                NetworkStream stream = client.GetStream();
                string[] words = await ReadWordsAsync(stream, cancellationToken);
                Directory.SetCurrentDirectory(words[0]);
                ToolResult result = await Fedhe.RunAsync(words[1..], cancellationToken);
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"{result.ExitCode}\n{result.Output}{result.Errors}"), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The script has ended.
        }
    }

    private static async Task<string[]> ReadWordsAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var bytes = new List<byte>();
        byte[] buffer = new byte[4096];
        while (bytes is not [.., 1, 0])
        {
            int read = await stream.ReadAsync(buffer, cancellationToken);
            bytes.AddRange(buffer.AsSpan(0, read));
        }

        return Encoding.UTF8.GetString([.. bytes.Take(bytes.Count - 3)]).Split('\0');
    }

    /// <summary>A test that needs bash and a Python 3 without any package; it is skipped, visibly, where one is missing.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ScriptFactAttribute : FactAttribute
    {
        public ScriptFactAttribute()
        {
            if (!Starts("bash") || !Starts("python3"))
            {
                Skip = "There is no bash or no python3 here.";
            }
        }

        private static bool Starts(string program)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true });
                process!.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }
    }
}

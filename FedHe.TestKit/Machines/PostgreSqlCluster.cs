using System.Diagnostics;

namespace FedHe.TestKit.Machines;

/// <summary>A PostgreSQL of the tests' own, on a socket in a folder of its own, which ends with their process and leaves nothing.</summary>
/// <remarks>PostgreSQL refuses to run as root, so that it then runs as nobody.</remarks>
public sealed class PostgreSqlCluster
{
    private const string Script =
        """
        set -e
        trap '' TERM INT
        "$0/initdb" -D "$1/data" -A trust -U postgres -N --locale=C -E UTF8 >"$1/initdb.log" 2>&1
        "$0/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c shared_buffers=32MB >"$1/log" 2>&1 </dev/null &
        until grep -qs "ready to accept connections" "$1/log"; do kill -0 $!; sleep 0.1; done
        echo ready
        cat >/dev/null
        kill -QUIT $!
        wait $! || true
        rm -rf "$1"
        """;

    private static readonly Lazy<PostgreSqlCluster> Started = new(() => new PostgreSqlCluster());

    // Its input is open as long as the tests run, and the script ends with it.
    private readonly Process _process;

    private PostgreSqlCluster()
    {
        Folder = Directory.CreateTempSubdirectory("fedhe-postgresql-").FullName;
        string[] shell = ["/bin/sh", "-c", Script, Programs!, Folder];
        bool isRoot = Environment.UserName == "root";
        if (isRoot)
        {
            using var chown = Process.Start("chown", ["nobody", Folder]);
            chown.WaitForExit();
        }

        string[] command = isRoot ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. shell] : shell;
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        if (_process.StandardOutput.ReadLine() != "ready")
        {
            throw new InvalidOperationException($"PostgreSQL did not start: {string.Concat(Directory.GetFiles(Folder, "*log").Select(File.ReadAllText))}");
        }
    }

    /// <summary>The cluster of this process.</summary>
    public static PostgreSqlCluster Shared => Started.Value;

    /// <summary>Why tests cannot use PostgreSQL, or null if they can.</summary>
    public static string? WhyNot { get; } = Programs is null ? "PostgreSQL is not installed: on Debian, apt-get install postgresql." : null;

    /// <summary>The folder with the socket, which is the host of connection strings.</summary>
    public string Folder { get; }

    /// <summary>A connection string for everything.</summary>
    public string ConnectionString => $"Host={Folder};Username=postgres;Database=postgres";

    // Debian has the programs of each version in a folder that no PATH names.
    private static string? Programs => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Reverse().Select(version => Path.Combine(version, "bin")) : [])
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
}

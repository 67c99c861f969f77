using System.Diagnostics;

namespace FedHe.Interop.Tests;

/// <summary>Node.js and the npm package node-seal, which is Microsoft SEAL compiled to WebAssembly.</summary>
internal static class SealInstallation
{
    private static readonly TimeSpan InstallationTimeout = TimeSpan.FromMinutes(5);

    private static readonly Lazy<string?> Missing = new(Install);

    /// <summary>Why the tests cannot run here, or null if they can.</summary>
    public static string? WhyNot => Missing.Value;

    /// <summary>In continuous integration a peer that is missing is a failure.</summary>
    public static bool IsDemanded => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Peer");

    public static ProcessStartInfo Start(string program, params string[] arguments)
    {
        bool isScript = OperatingSystem.IsWindows() && program != "node";
        var start = new ProcessStartInfo(isScript ? "cmd.exe" : program)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in isScript ? ["/c", program, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static string? Install()
    {
        if (!IsOnPath("node") || !IsOnPath("npm"))
        {
            return "Microsoft SEAL did not take part: Node.js and npm are not installed.";
        }

        // Written last, so that an installation that was cut short is made again.
        string stamp = Path.Combine(Folder, "installed");
        string wanted = File.ReadAllText(Path.Combine(Folder, "package-lock.json"));
        bool isInstalled = Directory.Exists(Path.Combine(Folder, "node_modules")) && File.Exists(stamp);
        if (isInstalled && File.ReadAllText(stamp) == wanted)
        {
            return null;
        }

        string? failure = Run("npm", "ci");
        if (failure is not null)
        {
            return $"Microsoft SEAL did not take part: npm could not install it. {failure}";
        }

        File.WriteAllText(stamp, wanted);
        return null;
    }

    private static bool IsOnPath(string program)
    {
        string[] names = OperatingSystem.IsWindows() ? [$"{program}.exe", $"{program}.cmd"] : [program];
        return (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => names.Any(name => File.Exists(Path.Combine(folder, name))));
    }

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(Start(program, arguments))!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(InstallationTimeout))
            {
                process.Kill(entireProcessTree: true);
                return "It took too long.";
            }

            return process.ExitCode == 0 ? null : $"{errors.Result} {output.Result}".Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}

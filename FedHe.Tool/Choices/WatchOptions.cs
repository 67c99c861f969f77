using System.CommandLine;
using FedHe.Hosting.Certificates;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Watching;

namespace FedHe.Tool.Choices;

/// <summary>The options that say which job is watched, and from where.</summary>
internal sealed class WatchOptions
{
    /// <summary>The variable of the environment with a token for the dashboard.</summary>
    public const string TokenVariable = "FEDHE_TOKEN";

    private readonly Option<DirectoryInfo?> _kit = new("--kit") { Description = "Kit of the server, on this machine; what the server keeps is read, whether it runs or not." };

    private readonly Option<string?> _database = DatabaseOption.Create();

    private readonly Option<string?> _address = new("--url") { Description = "Address of the server's dashboard, in the place of --kit, such as https://fedhe.example:8443/fedhe/dashboard." };

    private readonly Option<string?> _job = new("--job") { Description = "Name of the job, where the dashboard has several." };

    private readonly Option<FileInfo?> _token = new("--token-file") { Description = $"File with the bearer token that the dashboard asks for. Default: the variable {TokenVariable}." };

    private readonly Option<FileInfo?> _certificate = new("--certificate") { Description = "File in PEM with the certificate to show to the dashboard." };

    private readonly Option<FileInfo?> _certificateKey = new("--certificate-key") { Description = "File in PEM with the private key of --certificate, where that file does not have it." };

    private readonly Option<string?> _serverKey = new("--server-key") { Description = "Pin of the server's certificate, 64 hexadecimal digits, where no authority that this machine trusts issued it." };

    public void AddTo(Command command)
    {
        Option[] ofDashboard = [_job, _token, _certificate, _certificateKey, _serverKey];
        foreach (Option option in new Option[] { _kit, _database, _address }.Concat(ofDashboard))
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            bool hasKit = result.GetResult(_kit) is not null;
            if (hasKit == result.GetResult(_address) is not null)
            {
                result.AddError("Give --kit with the kit of the server, or else --url with the address of its dashboard.");
            }
            else if (hasKit && ofDashboard.FirstOrDefault(option => result.GetResult(option) is not null) is Option other)
            {
                result.AddError($"{other.Name} is for a dashboard (--url), and there is --kit.");
            }
            else if (!hasKit && result.GetResult(_database) is not null)
            {
                result.AddError($"{DatabaseOption.Name} is for a kit (--kit), and there is --url.");
            }
        });
    }

    /// <summary>Opens what is watched.</summary>
    public IWatchSource Open(ParseResult parsed, ToolConsole console) => parsed.GetValue(_kit) is DirectoryInfo kit
        ? new KitSource(Kit.Open(kit.FullName, PartyRole.Server).In(parsed.GetValue(_database)), console)
        : new DashboardSource(new DashboardPlace(
            AddressOf(parsed.GetValue(_address)!),
            parsed.GetValue(_job),
            TokenIn(parsed.GetValue(_token)),
            parsed.GetValue(_certificate)?.FullName,
            parsed.GetValue(_certificateKey)?.FullName,
            PinOf(parsed.GetValue(_serverKey))));

    private static Uri AddressOf(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address is { Query: "", Fragment: "", UserInfo: "" }
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
            ? address
            : throw ToolException.Usage("--url must be the address of a dashboard with TLS, such as https://fedhe.example:8443/fedhe/dashboard; without TLS only on this machine.");

    private static string? TokenIn(FileInfo? file)
    {
        string? token = file is null ? Environment.GetEnvironmentVariable(TokenVariable)?.Trim() : File.ReadAllText(file.FullName).Trim();
        return string.IsNullOrEmpty(token) ? null
            : token.All(one => one is > ' ' and < '\u007f') ? token
            : throw ToolException.Refused($"The token in {file?.FullName ?? TokenVariable} has characters that no token has. Write the token alone, on one line.");
    }

    private static CertificatePin? PinOf(string? text) => text is null ? null
        : CertificatePin.TryParse(text, out CertificatePin? pin) ? pin
        : throw ToolException.Usage("--server-key must have 64 hexadecimal digits: SHA-256 of the SubjectPublicKeyInfo of the server's certificate.");
}

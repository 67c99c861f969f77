namespace FedHe.Tool.Kits;

/// <summary>The names of the files of a kit.</summary>
internal static class KitFiles
{
    /// <summary>What the party is to do, as .NET hosts read it, and the section <c>Kit</c> for the command.</summary>
    public const string Settings = "appsettings.json";

    public const string Readme = "README.md";

    /// <summary>The password of the secrets in <see cref="Party"/>.</summary>
    public const string Password = "password";

    public const string Certificate = "certificate.pem";

    public const string CertificateKey = "certificate.key";

    /// <summary>The model that a client starts from.</summary>
    public const string Start = "start.safetensors";

    /// <summary>The folder of the party, in which its host works.</summary>
    public const string Party = "party";

    /// <summary>The path that the server maps its endpoints to.</summary>
    public const string Endpoints = "/fedhe/v1";

    /// <summary>The path that the server maps its dashboard to, where it has one.</summary>
    public const string Dashboard = "/fedhe/dashboard";
}

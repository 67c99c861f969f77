using FedHe.Hosting.Certificates;

namespace FedHe.Tool.Watching;

/// <summary>A dashboard place is where a dashboard is, and what opens it.</summary>
/// <param name="Address">The address of the page.</param>
/// <param name="Job">The name of the job, or null for the only one.</param>
/// <param name="Token">The bearer token, or null.</param>
/// <param name="Certificate">The file with the certificate to show, or null.</param>
/// <param name="CertificateKey">The file with its private key, or null where the certificate's own file has it.</param>
/// <param name="ServerKey">The pin of the server's certificate, or null where the machine's authorities decide.</param>
internal sealed record DashboardPlace(Uri Address, string? Job, string? Token, string? Certificate, string? CertificateKey, CertificatePin? ServerKey);

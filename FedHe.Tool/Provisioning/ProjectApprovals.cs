namespace FedHe.Tool.Provisioning;

/// <summary>Project approvals say how many of which administrators must approve what the authority of a project does.</summary>
/// <param name="Needed">The number of administrators who must approve.</param>
/// <param name="Administrators">The administrators.</param>
internal sealed record ProjectApprovals(int Needed, IReadOnlyList<ProjectAdministrator> Administrators);

/// <summary>An administrator of a project.</summary>
/// <param name="Name">The name.</param>
/// <param name="Card">The public half of an identity that the administrator made, or null where the provisioner makes it.</param>
internal sealed record ProjectAdministrator(string Name, AdministratorCard? Card);

// Four hospitals, a server and a key authority, each a process of its own, train a model over TLS on this machine. The server is killed in
// the middle, twice, as a power cut would, and goes on. The command 'fedhe' makes the kits, and this program runs the parties as a user would who writes the hosts.
//     dotnet run -c Release --project samples/HospitalNetwork
//     dotnet run -c Release --project samples/HospitalNetwork -- --postgresql "Host=/var/run/postgresql;Database=fedhe"
// The second one keeps the server in PostgreSQL, in the schema 'fedhe'.
using HospitalNetwork;

return args switch
{
    [] => await Network.RunAsync(database: null),
    ["--postgresql", string database] => await Network.RunAsync(database),
    ["server"] => await Roles.RunServerAsync(),
    ["authority"] => await Roles.RunAuthorityAsync(),
    ["hospital"] => await Roles.RunHospitalAsync(),
    _ => 2,
};
